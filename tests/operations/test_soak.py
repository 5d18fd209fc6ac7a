"""A long run of a real worker: 500 checks of 20 connections, lists that move, faults by chance.

Memory, rows and files stay bounded, and in the end history equals an oracle that knows nothing of
the engine but which checks went well.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from tests.items import item
from tests.portal import Portal
from tests.servers import wait_for
from xdportal.simulator import Simulator

CONNECTIONS = 20
ROUNDS = 25
WARM = 5  # rounds after which memory and files count
MOST_MIB = 24
MOST_FILES = 4
MORE_BYTES = 4 * 2**20
FAULTS = ("garbage", "close", "truncate", "reset", "empty_body", "empty_list", "shrink")
Row = tuple[str, str, str, str]  # id, type, name, version
Rows = frozenset[Row]
DEFINE = """
from xdportal.catalog.tasks import check_now
def connect(accounts, number):
    user = User.objects.get()
    for place in range(number):
        account, secret = accounts[place % len(accounts)]
        connection = Connection(
            team=Team.objects.personal(user), owner=user, name=f"C{place:02}",
            environment="production", account_id=account, interval=86400, kinds=["images"],
        )
        connection.set_credential(AccountSecret(account, secret), now())
        connection.save()
def images():
    return Catalog.objects.filter(kind="images").select_related("connection")
def start():
    for catalog in images():
        check_now(catalog)
def newest():
    return {c.connection.name: c.latest_check.outcome for c in images()}
def history():
    return {c.connection.name: [lines_of(c, s.number) for s in c.snapshots.order_by("number")]
            for c in images()}
def lines_of(catalog, number):
    rows = catalog.listings.as_of(number)
    return sorted(rows.values_list("item_id", "type", "name", "version"))
"""
ACTIVE = "images().filter(lease_until__gt=now()).count()"
FAILED = "Check.objects.exclude(outcome='ok').count()"


class Oracle:
    """What each connection's history must be: the distinct lists of its good checks in turn."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Rows]] = {}

    def heard(self, outcomes: dict[str, str], listed: Rows) -> None:
        for name, outcome in outcomes.items():
            known = self.lists.setdefault(name, [])
            if outcome == "ok" and (not known or known[-1] != listed):
                known.append(listed)

    def intervals(self) -> int:
        """Return how many rows that takes: one for each time that a row begins to be listed."""
        return sum(
            len(newer - older)
            for lists in self.lists.values()
            for older, newer in zip([frozenset[Row](), *lists], lists, strict=False)
        )


def moved(rows: Rows, chance: Random) -> Rows:
    """Take some away, add some, rename some, bring some back; never a third of them."""
    gone = chance.sample(sorted(rows), 3)
    renamed = [(key, kind, name, f"{version}*") for key, kind, name, version in gone[:1]]
    added = [image(chance.randrange(200)) for _ in range(2)]
    known = {row[0] for row in rows.difference(gone)}
    fresh = {row[0]: row for row in [*added, *renamed] if row[0] not in known}
    return rows.difference(gone).union(fresh.values())


def image(number: int) -> Row:
    return (str(1000 + number), "BL", f"System {number % 7}", f"{number}.04")


def as_listed(rows: Iterable[Row]) -> list[dict[str, object]]:
    return [item(key, version, name, kind) for key, kind, name, version in rows]


def resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s*(\d+) kB", status)[0]) / 1024


def files(folder: Path) -> tuple[int, int]:
    """Return how many there are, and their bytes."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


@pytest.mark.full
def test_five_hundred_checks(tmp_path: Path) -> None:
    chance = Random(17)
    with Simulator() as simulator:
        portal = Portal(tmp_path / "portal", simulator, PROVIDER_DEADLINE="10")
        portal.prepare()
        accounts = [(a.account_id, a.secret) for a in simulator.accounts["production"]]
        portal.run(DEFINE + f"connect({accounts!r}, {CONNECTIONS})")
        try:
            worker = portal.start_worker()
            oracle, memory, disk = Oracle(), [], []
            rows = frozenset(map(image, range(60)))
            for number in range(1, ROUNDS + 1):
                rows = moved(rows, chance)
                check_all(portal, simulator, rows, number, chance)
                oracle.heard(portal.ask("newest()"), rows)
                memory.append(resident(worker.pid))
                disk.append(files(portal.folder / "data"))
            found = portal.ask("history()")
            counts = portal.ask(
                "[Check.objects.count(), Snapshot.objects.count(), "
                "sum(c.listings.count() for c in images()), " + FAILED + "]"
            )
        finally:
            portal.close()

    heard = {name: [frozenset(map(tuple, rows)) for rows in lists] for name, lists in found.items()}
    assert heard == oracle.lists
    assert counts[:3] == [
        CONNECTIONS * ROUNDS,
        sum(map(len, oracle.lists.values())),
        oracle.intervals(),
    ]
    assert counts[3] >= ROUNDS, "faults struck"
    figures = (memory[WARM], memory[-1], disk[WARM], disk[-1], counts)
    assert memory[-1] - memory[WARM] < MOST_MIB, figures
    assert disk[-1][0] - disk[WARM][0] <= MOST_FILES, figures
    assert disk[-1][1] - disk[WARM][1] < MORE_BYTES, figures


def check_all(
    portal: Portal, simulator: Simulator, rows: Rows, number: int, chance: Random
) -> None:
    """Let the worker check all connections once, of which some meet a fault."""
    simulator.clear_faults()
    simulator.set_items("production", as_listed(rows))
    for _ in range(chance.randrange(1, 5)):
        simulator.fault(chance.choice(FAULTS), times=chance.randrange(1, 5))
    portal.run("start()")
    done = f"Check.objects.count() >= {CONNECTIONS * number} and not {ACTIVE}"
    wait_for(lambda: bool(portal.ask(done)), 120, f"the checks of round {number}")
