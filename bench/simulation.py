"""100,000 connections at one check in 30 minutes, by a simulated clock and a real queue.

The sweep, its messages in the broker, each claim and each end of a check are the portal's own, on
this machine's database. Simulated are the clock, the provider, which takes LATENCY for an answer
with the same bytes as before, and the workers: four, each with eight threads and one processor,
which is busy for as long as this process was with the check.
"""

import heapq
import statistics
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Empty

import time_machine
from django.conf import settings
from django.db import connection as database

from bench import crowd
from bench.engine import SUCCESS, person
from bench.table import Table
from xdportal.catalog.checks.engine import finish
from xdportal.catalog.checks.run import Refused, Run
from xdportal.catalog.models import Catalog, Check
from xdportal.catalog.tasks import BATCH, sweep
from xdportal.celery import app
from xdportal.provider.client import Answer
from xdportal.provider.kinds import IMAGES

WORKERS = 4
LATENCY = 0.05
INTERVAL = 1800
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86400


@dataclass
class Worker:
    """A worker's threads and its one processor, by when each is free."""

    threads: list[float] = field(default_factory=lambda: [0.0] * settings.WORKER_THREADS)
    processor: float = 0.0

    def next_start(self, now: float) -> float:
        return max(now, self.threads[0], self.processor)

    def take(self, now: float, seconds: float) -> float:
        """Give a check to the thread that is free first; return when it ends."""
        start = self.next_start(now)
        self.processor = start + seconds
        end = start + seconds + LATENCY
        heapq.heapreplace(self.threads, end)
        return end


@dataclass
class Figures:
    sweeps: list[float] = field(default_factory=list)  # milliseconds
    checks: list[float] = field(default_factory=list)  # seconds of processor
    late: list[float] = field(default_factory=list)  # seconds from due to started
    waiting: int = 0  # due and not started at the end


def measure(table: Table, connections: int, seconds: int) -> None:
    lists = crowd.connections(person(), connections, START, interval=INTERVAL)
    crowd.read_once(lists, START - timedelta(seconds=INTERVAL))
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
    queue = Queue()
    queue.empty()
    before = size_of(Check)
    figures = simulate(queue, seconds)
    report(table, figures, connections, seconds, size_of(Check) - before)
    queue.empty()


class Queue:
    """The broker's queue, read as a worker reads it."""

    def __init__(self) -> None:
        self._connection = app.connection_for_read()
        self._messages = self._connection.SimpleQueue(app.conf.task_default_queue)

    def empty(self) -> None:
        for _connection in self.connections():
            pass

    def connections(self) -> Iterator[int]:
        """Yield the ids of connections from the messages that wait."""
        while True:
            try:
                message = self._messages.get(block=False)
            except Empty:
                return
            (connection_id,), *_ = message.payload
            message.ack()
            yield connection_id


def simulate(queue: Queue, seconds: int) -> Figures:
    figures = Figures()
    workers = [Worker() for _ in range(WORKERS)]
    waiting: deque[int] = deque()
    for tick in range(0, seconds, settings.SWEEP_SECONDS):
        at = START + timedelta(seconds=tick)
        with time_machine.travel(at, tick=False):
            began = time.perf_counter()
            sweep()
            figures.sweeps.append((time.perf_counter() - began) * 1000)
        waiting.extend(queue.connections())
        work(workers, waiting, tick, figures)
    until = START + timedelta(seconds=seconds)
    figures.waiting = Catalog.objects.enabled().filter(next_check_at__lt=until).count()
    return figures


def work(workers: list[Worker], waiting: deque[int], tick: int, figures: Figures) -> None:
    """Let the workers begin what they can before the next sweep."""
    end = tick + settings.SWEEP_SECONDS
    while waiting:
        worker = min(workers, key=lambda each: each.next_start(tick))
        start = worker.next_start(tick)
        if start >= end:
            return
        began = time.process_time()
        late = check(waiting.popleft(), START + timedelta(seconds=start))
        took = time.process_time() - began
        worker.take(tick, took)
        if late is not None:
            figures.checks.append(took)
            figures.late.append(late)


def check(connection_id: int, at: datetime) -> float | None:
    """Check the list as a worker does; return how late it started. None: nothing was due."""
    catalog = Catalog.objects.get(connection=connection_id, kind=IMAGES.name)
    due = catalog.next_check_at
    try:
        run = Run.claim(catalog.pk, at, due_by=at)
    except Refused:
        return None
    finish(run, Answer(SUCCESS, crowd.DIGEST, None), at + timedelta(seconds=LATENCY))
    return (at - due).total_seconds()


def report(table: Table, figures: Figures, connections: int, seconds: int, size: int) -> None:
    a_day = connections * DAY // INTERVAL
    name = f"{connections:,} connections, {seconds} s"
    late = statistics.quantiles(figures.late, n=100)
    every_sweep = f"median {statistics.median(figures.sweeps):.0f} ms, "
    table.note(
        f"{name}: sweep every {settings.SWEEP_SECONDS} s, up to {BATCH}",
        f"{every_sweep}longest {max(figures.sweeps):.0f} ms",
    )
    table.note(
        f"{name}: due to started, {WORKERS} workers",
        f"{len(figures.late):,} checks: median {late[49]:.1f} s, 99 % {late[98]:.1f} s, "
        f"latest {max(figures.late):.1f} s; not started {figures.waiting:,}",
    )
    busy = statistics.median(figures.checks)
    share = busy * connections / INTERVAL / WORKERS
    table.note(
        f"{name}: processor of a check, without HTTP",
        f"{busy * 1000:.1f} ms, {share * 100:.0f} % of each worker's processor",
    )
    a_check = size / len(figures.late)
    table.note(
        f"{name}: rows and bytes a day",
        f"{a_day:,} checks of {a_check:.0f} B, {a_check * a_day / 2**20:,.0f} MiB",
    )


def size_of(model: type[Check]) -> int:
    """Return the bytes of a table with its indexes, on PostgreSQL."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s)", [model._meta.db_table])
        return int(cursor.fetchone()[0])
