"""What processes cost and reach: checks a second, lateness at 10,000 connections, memory, rows and bytes a year."""

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests

from tests.portal import KINDS, Portal, servers
from tests.servers import answers, free_port, wait_for
from xdportal.simulator import Simulator

MANY, HOURLY = 400, 10_000
SEED = """
import random
random.seed(1)
user = User.objects.get()
team = Team.objects.personal(user)
for place in range({number}):
    made = Connection(team=team, owner=user, name=f"C{{place}}", environment="production",
                      account_id="{account}", interval=3600)
    made.set_credential(AccountSecret("{account}", "{secret}"), now())
    made.slug = f"c-{{place}}"
    made.save()
start = now()
rows = list(Catalog.objects.all())
for row in rows:
    row.next_check_at = start + timedelta(seconds=random.uniform(0, {spread}))
Catalog.objects.bulk_update(rows, ["next_check_at"], batch_size=500)
planned = {{row.pk: row.next_check_at for row in rows}}
"""
LATE = "sorted((c.started - planned[c.catalog_id]).total_seconds() for c in Check.objects.filter(outcome='ok'))"
SPAN = """(lambda some: (len(some), (max(c.ended for c in some) - min(c.started for c in some)).total_seconds()))(
    list(Check.objects.filter(outcome='ok', started__gte=mark)))"""


class Figures:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def add(self, figure: str, value: str) -> None:
        self.rows.append((figure, value))
        print(f"  {figure}: {value}", flush=True)

    def print(self) -> None:
        width = max(len(figure) for figure, _ in self.rows)
        print("\n" + "\n".join(f"{figure.ljust(width)}  {value}" for figure, value in self.rows))


@contextmanager
def provider(seconds: float) -> Iterator[Any]:
    """What Portal wants to know of a simulator, which runs in a process of its own."""
    port, known = free_port(), Simulator()
    process = subprocess.Popen([sys.executable, "-m", "bench.provider", str(port), str(seconds)])
    try:
        wait_for(lambda: answers(port), 20, "the provider")
        url = f"http://127.0.0.1:{port}"
        yield SimpleNamespace(production_url=f"{url}/production", sandbox_url=f"{url}/sandbox", accounts=known.accounts)
    finally:
        known.stop()
        process.terminate()
        process.wait()


@contextmanager
def portal(kind: str, seconds: float, number: int, spread: float, **settings: str) -> Iterator[Portal]:
    """With so many connections, due within so many seconds from now."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="xdportal-bench-"))
        stack.callback(shutil.rmtree, folder)
        simulator = stack.enter_context(provider(seconds))
        made = Portal(folder / "portal", simulator, **servers(kind, stack, folder), **settings)
        stack.callback(made.close)
        made.prepare()
        account = simulator.accounts["production"][0]
        made.run(SEED.format(number=number, account=account.account_id, secret=account.secret, spread=spread))
        yield made


def run(rate: int) -> None:
    figures = Figures()
    print("Processes …", flush=True)
    for kind in KINDS:
        for workers in (1, 2):
            throughput(figures, kind, workers)
    one_check(figures)
    held_rate(figures, rate)
    a_year(figures)
    figures.print()


def throughput(figures: Figures, kind: str, workers: int) -> None:
    with portal(kind, 0, MANY, 0) as made:
        for number in range(workers):
            made.start_worker("-n", f"w{number}@%h", *(["--beat"] if number == 0 else []))
        wait_for(lambda: made.ask("Catalog.objects.filter(last_ok_at=None).count()") == 0, 300, "all checked")
        made.run("mark = now(); Catalog.objects.update(next_check_at=mark)")  # the first lists are read; now the usual
        wait_for(
            lambda: made.ask("Catalog.objects.filter(last_ok_at__lte=mark).count()") == 0, 300, "all checked again"
        )
        number, seconds = made.ask(SPAN)
        assert number == MANY
        figures.add(f"checks a second, {kind}, {workers} worker{'s' * (workers > 1)}", f"{number / seconds:.0f}")
        if workers == 1:
            web = made.start_web()
            made.sign_in().read_all()
            figures.add(f"memory of the web processes, {kind}", f"{sum(map(memory, family(web.pid))):.0f} MiB")
            figures.add(f"memory of the worker, {kind}", f"{memory(made.processes[0].pid):.0f} MiB")


def one_check(figures: Figures) -> None:
    """Over the bare exchange: the same list by `requests`, with a token that is there already."""
    with portal("embedded", 0, 1, 0) as made:
        made.run("from xdportal.catalog.refresh import refresh; import time; refresh(Catalog.objects.get())")
        made.run(
            """
def one():
    started = time.perf_counter()
    assert refresh(Catalog.objects.select_related("connection").get()).outcome == "ok"
    return time.perf_counter() - started
"""
        )
        token = made.ask("Connection.objects.get().cached_token(now())")
        url = f"{made.simulator.production_url}/v1/pve/open/image"
        ours, bare = [], []
        for _ in range(100):
            ours.append(made.ask("one()"))
            started = time.perf_counter()
            assert requests.get(url, headers={"Finovy-Access-Token": token}, timeout=5).json()["code"] == 0
            bare.append(time.perf_counter() - started)
        check, exchange = (statistics.median(some) * 1000 for some in (ours, bare))
        figures.add("one check, 40 images, nothing new", f"{check:.1f} ms, of which bare HTTP {exchange:.1f} ms")


def held_rate(figures: Figures, seconds: int) -> None:
    """10,000 connections of one hour, spread as they are after a while; the provider takes 50 ms an answer."""
    settings = {"SWEEP_SECONDS": "5"}
    with portal("distributed", 0.05, HOURLY, 3600, **settings) as made:
        for number in range(2):
            made.start_worker("-n", f"w{number}@%h", *(["--beat"] if number == 0 else []))
        time.sleep(seconds)
        late = made.ask(LATE)
        waiting = made.ask(
            "Catalog.objects.filter(last_ok_at=None, next_check_at__lt=now()-timedelta(minutes=2)).count()"
        )
        figures.add(
            f"due to started, {HOURLY:,} an hour for {seconds} s",
            f"{len(late)} checks; median {statistics.median(late):.1f} s, 99 % {late[int(len(late) * 0.99)]:.1f} s, "
            f"latest {late[-1]:.1f} s; waiting for over two minutes: {waiting}",
        )


def a_year(figures: Figures) -> None:
    """One connection of 40 images asked every half hour, one image changed a day; from what one check and one change
    take. Checks that made no snapshot go after CHECK_RETENTION_DAYS.
    """
    from django.conf import settings

    from bench import measures
    from xdportal.provider.kinds import ImageRecord

    bench = measures.Bench("year")
    images = [ImageRecord(str(4000 + place), "BL", "Ubuntu Server", "20.04 x64") for place in range(40)]
    bench.give(frozenset(images))
    empty = measures.used()
    for _ in range(2000):
        bench.give(frozenset(images))
    unchanged = measures.used()
    for number in range(365):
        images[number % 40] = images[number % 40]._replace(version=f"20.04 x64 r{number}")
        bench.give(frozenset(images))
    each_check, each_change = (unchanged - empty) / 2000, (measures.used() - unchanged) / 365
    kept = 48 * settings.CHECK_RETENTION_DAYS
    rows, size = kept + 3 * 365, kept * each_check + 365 * each_change
    figures.add("bytes a check, bytes a change with its check and snapshot", f"{each_check:.0f}, {each_change:.0f}")
    figures.add("a connection-year, every 30 min, a change a day", f"{rows:,} rows, {size / 1024:.0f} KiB")


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def memory(pid: int) -> float:
    """MiB, what is shared with others counted in part."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss:\s*(\d+) kB", text, re.MULTILINE)[0]) / 1024
