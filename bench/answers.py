"""Answers beside `json.loads` of the same bytes, two sqlite3 scripts and django-simple-history."""

import gc
import itertools
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from bench import lists
from bench.engine import Bench
from bench.peers import CarefulScript, PlainScript, SimpleHistory
from bench.table import Table, versus

SAME_BYTES = {1_000: 1.0, 10_000: 0.25, 100_000: 0.2}
ANOTHER_ORDER = {1_000: 4.0, 10_000: 2.0, 100_000: 2.0}
ROUNDS = 5


def limit(limits: dict[int, float], size: int) -> float:
    """Return the limit of the largest size that is not larger than this one."""
    smaller = [known for known in limits if known <= size]
    return limits[max(smaller, default=min(limits))]


def measure(table: Table, size: int) -> None:
    bench = Bench(f"answers-{size}")
    bodies = {number: lists.body(number, size) for number in range(1, ROUNDS + 2)}
    bench.read(bodies[1])
    gc.collect()
    gc.freeze()  # a worker does not carry all these answers through every collection
    unchanged(table, bench, size)
    changed(table, bench, bodies, size)
    bench.delete()
    gc.unfreeze()


def unchanged(table: Table, bench: Bench, size: int) -> None:
    first = lists.body(1, size)
    same = itertools.cycle([lists.body(1, size, trace_id=f"trace{n}") for n in range(3)])
    ours, loads = versus(
        lambda: bench.read(next(same)), lambda: json.loads(first), before=bench.claim
    )
    name = f"unchanged, same bytes, {size:,}"
    table.ratio(name, ours, "json.loads", loads, limit(SAME_BYTES, size))

    shuffled = itertools.cycle([lists.body(1, size, shuffle=seed) for seed in (1, 2, 3)])
    ours, loads = versus(
        lambda: bench.read(next(shuffled)), lambda: json.loads(first), before=bench.claim
    )
    name = f"unchanged, another order, {size:,}"
    table.ratio(name, ours, "json.loads", loads, limit(ANOTHER_ORDER, size))
    assert bench.current() == lists.images(1, size)


def changed(table: Table, bench: Bench, bodies: dict[int, bytes], size: int) -> None:
    plain = PlainScript(_file(f"plain-{size}"))
    careful = CarefulScript(_file(f"careful-{size}"))
    careful.write(bodies[1])
    simple = SimpleHistory(size)
    ours, *peers = versus(
        _each(bench.read, bodies),
        _each(plain.write, bodies),
        _each(careful.write, bodies),
        _each(simple.read, bodies),
        rounds=ROUNDS,
        before=bench.claim,
    )
    last = lists.images(ROUNDS + 1, size)
    assert bench.current() == last
    assert careful.open_rows() == last
    for (name, target), peer in zip(CHANGED_PEERS, peers, strict=True):
        table.ratio(f"1 % changed, {size:,}", ours, name, peer, target)
    simple.delete()


CHANGED_PEERS = [("plain sqlite3", 2.0), ("sqlite3 with history", 1.5), ("simple-history", 0.6)]


def _each(read: Callable[[bytes], object], bodies: dict[int, bytes]) -> Callable[[], object]:
    """Return a call that reads the answers from the second on, one a call."""
    following = iter([bodies[number] for number in sorted(bodies) if number > 1])
    return lambda: read(next(following))


def _file(name: str) -> Path:
    return Path(settings.DATA_DIR) / f"{name}.sqlite3"
