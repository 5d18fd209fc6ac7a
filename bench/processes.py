"""What processes cost and reach: checks a second, lateness at 10,000 connections, memory, a
year.
"""

import io
import os
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings

from bench.engine import Bench, used
from bench.provider import started
from bench.table import Table
from tests.portal import KINDS, Portal, servers
from tests.servers import wait_for
from xdportal.provider.kinds import ImageRecord
from xdportal.simulator import Simulator

MANY = 400
HOURLY = 10_000
ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")
SEED = """
import random
random.seed(1)
user = User.objects.get()
team = Team.objects.personal(user)
from bench import crowd
secret = AccountSecret("{account}", "{secret}")
rows = crowd.connections(user, {number}, now(), interval=3600, credential=secret)
start = now()
for row in rows:
    row.next_check_at = start + timedelta(seconds=random.uniform(0, {spread}))
Catalog.objects.bulk_update(rows, ["next_check_at"], batch_size=500)
planned = {{row.pk: row.next_check_at for row in rows}}
def lateness():
    good = Check.objects.filter(outcome="ok")
    return sorted((c.started - planned[c.catalog_id]).total_seconds() for c in good)
def span():
    checks = list(Check.objects.filter(outcome="ok", started__gte=mark))
    first = min(check.started for check in checks)
    last = max(check.ended for check in checks)
    return len(checks), (last - first).total_seconds()
"""
UNREAD = "Catalog.objects.enabled().filter(last_ok_at=None).count()"
UNREAD_AGAIN = "Catalog.objects.enabled().filter(last_ok_at__lte=mark).count()"
OVERDUE = (
    "Catalog.objects.enabled().filter(last_ok_at=None, "
    "next_check_at__lt=now()-timedelta(minutes=2)).count()"
)


@contextmanager
def provider(seconds: float) -> Iterator[Any]:
    """Yield what Portal wants to know of a simulator, which runs in a process of its own."""
    with Simulator() as known, started(seconds) as port:
        url = f"http://127.0.0.1:{port}"
        yield SimpleNamespace(
            production_url=f"{url}/production",
            sandbox_url=f"{url}/sandbox",
            accounts=known.accounts,
        )


@contextmanager
def portal(
    kind: str, seconds: float, number: int, spread: float, **settings: str
) -> Iterator[Portal]:
    """Yield a portal with so many connections, due within so many seconds from now."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="xdportal-bench-"))
        stack.callback(shutil.rmtree, folder)
        simulator = stack.enter_context(provider(seconds))
        made = Portal(folder / "portal", simulator, **servers(kind, stack, folder), **settings)
        stack.callback(close, made)
        made.prepare()
        account = simulator.accounts["production"][0]
        made.run(
            SEED.format(
                number=number, account=account.account_id, secret=account.secret, spread=spread
            )
        )
        yield made


def close(made: Portal) -> None:
    """End its processes, without the log that a failed test would show."""
    with redirect_stdout(io.StringIO()):
        made.close()


def measure(table: Table, rate: int, many: int = MANY) -> None:
    for kind in KINDS:
        one = throughput(table, kind, 1, many)
        two = throughput(table, kind, 2, many)
        name = f"checks a second, {kind}, 1 → 2 workers"
        table.at_least(name, two / one, "×", 1.7, f"{one:.0f} → {two:.0f}")
    held_rate(table, rate)
    a_year(table)


def throughput(table: Table, kind: str, workers: int, many: int) -> float:
    """Return checks a second, of lists that have been read before and have not changed."""
    with portal(kind, 0, many, 0) as made:
        start_workers(made, workers)
        wait_for(lambda: made.ask(UNREAD) == 0, 300, "all checked")
        used_before = processor_seconds()
        made.run("mark = now(); Catalog.objects.enabled().update(next_check_at=mark)")
        wait_for(lambda: made.ask(UNREAD_AGAIN) == 0, 300, "all checked again")
        number, seconds = made.ask("span()")
        share = (processor_seconds() - used_before) / (seconds * (os.cpu_count() or 1))
        assert number == many
        table.note(f"processor's share, {kind}, {workers} at work", f"{min(share, 1) * 100:.0f} %")
        if workers == 1:
            idle_memory(table, made, kind)
    return number / seconds


def start_workers(made: Portal, number: int) -> None:
    """Start workers as the Procfile does, the first with the scheduler."""
    made.start_worker("-n", "w0@%h", "--beat", *ALONE)
    for place in range(1, number):
        made.start_worker("-n", f"w{place}@%h", *ALONE)


def idle_memory(table: Table, made: Portal, kind: str) -> None:
    web = made.start_web()
    made.sign_in().read_all()
    web_memory = sum(map(memory, family(web.pid)))
    table.value(f"memory of the web processes, {kind}", web_memory, "MiB", 110)
    table.value(f"memory of the worker, {kind}", memory(made.processes[0].pid), "MiB", 80)


def held_rate(table: Table, seconds: int) -> None:
    """Hold 10,000 connections of one hour, spread as after a while; an answer takes 50 ms."""
    with portal("distributed", 0.05, HOURLY, 3600, SWEEP_SECONDS="5") as made:
        start_workers(made, 2)
        time.sleep(seconds)
        late = made.ask("lateness()")
        overdue = made.ask(OVERDUE)
    nearly_all = late[int(len(late) * 0.99)]
    median = statistics.median(late)
    table.note(
        f"due to started, {HOURLY:,} an hour for {seconds} s",
        f"{len(late)} checks: median {median:.1f} s, 99 % {nearly_all:.1f} s, latest "
        f"{late[-1]:.1f} s; "
        f"waiting for over two minutes: {overdue}",
    )


def a_year(table: Table) -> None:
    """Compute what one connection of 40 images takes, asked every half hour, one change a day.

    From what one check and one change take. Checks that made no snapshot go after
    CHECK_RETENTION_DAYS.
    """
    bench = Bench("year")
    images = [
        ImageRecord(str(4000 + place), "BL", "Ubuntu Server", "20.04 x64") for place in range(40)
    ]
    bench.give(images)
    empty = used()
    for _ in range(2000):
        bench.give(images)
    unchanged = used()
    for day in range(365):
        place = day % 40
        images[place] = images[place]._replace(version=f"20.04 x64 r{day}")
        bench.give(images)
    a_check = (unchanged - empty) / 2000
    a_change = (used() - unchanged) / 365
    kept = 48 * settings.CHECK_RETENTION_DAYS
    rows = kept + 3 * 365
    size = kept * a_check + 365 * a_change
    table.note(
        "bytes of a check; of a change with its check and snapshot",
        f"{a_check:.0f}; {a_change:.0f}",
    )
    table.note(
        "a connection-year, every 30 min, a change a day", f"{rows:,} rows, {size / 1024:.0f} KiB"
    )
    bench.delete()


def processor_seconds() -> float:
    """Return how long all processes of this machine have kept its processors busy."""
    line = Path("/proc/stat").read_text().splitlines()[0]
    user, nice, system, *_ = map(int, line.split()[1:])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [pid]
    for child in children:
        found += family(int(child))
    return found


def memory(pid: int) -> float:
    """Return MiB, with what is shared with others counted in part."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss:\s*(\d+) kB", text, re.MULTILINE)[0]) / 1024
