"""A long history: what it takes, and how soon it answers, beside django-simple-history."""

import itertools
import random

from bench import lists
from bench.engine import START, STEP, Bench, images_of, on_sqlite, used
from bench.models import Peer
from bench.peers import SimpleHistory
from bench.table import Table, timed, versus
from xdportal.catalog import history, retention

SIZE = 10_000
CHECKS = 2_000
FIELDS = ("image_id", "type", "name", "version")


def measure(table: Table, snapshots: int) -> None:
    bench = Bench("history")
    simple = sizes(table, bench, snapshots)
    unchanged_checks(table, bench, snapshots)
    retention.analyze()
    check_oracle(bench, snapshots)
    far_difference(table, bench, snapshots)
    first_page(table, bench, snapshots)
    simple.delete()
    bench.delete()


def sizes(table: Table, bench: Bench, snapshots: int) -> SimpleHistory:
    """Build both histories; the table says how many bytes a change takes."""
    ours = _grow(bench, snapshots)
    simple = SimpleHistory(SIZE)
    before = used()
    for number in range(2, snapshots + 1):
        simple.change(number)
    theirs = used() - before
    changes = (snapshots - 1) * SIZE // lists.SHARE
    table.value("bytes a change", ours / changes, "B", 160 if on_sqlite else 250)
    peer = f"simple-history {theirs / changes:.0f} B"
    table.compare("bytes a change", f"{ours / changes:.0f} B", peer, ours / theirs, 0.6)
    return simple


def _grow(bench: Bench, snapshots: int) -> int:
    """Return the bytes that the snapshots from the second on take."""
    listed = set(lists.images(1, SIZE))
    bench.give(listed)
    before = used()
    for number in range(2, snapshots + 1):
        for place in lists.changed_with(number, SIZE):
            listed.discard(lists.image(place, number - 1, SIZE))
            listed.add(lists.image(place, number, SIZE))
        bench.give(listed)
    return used() - before


def unchanged_checks(table: Table, bench: Bench, snapshots: int) -> None:
    body = lists.body(snapshots, SIZE)
    bench.read(body)
    before = used()
    for _ in range(CHECKS):
        bench.read(body)
    table.value("bytes an unchanged check", (used() - before) / CHECKS, "B", 160)


def check_oracle(bench: Bench, snapshots: int) -> None:
    for number in random.Random(1).sample(range(1, snapshots + 1), min(5, snapshots)):
        lines = bench.catalog.listings.as_of(number).lines()
        assert images_of(lines) == lists.images(number, SIZE)


def far_difference(table: Table, bench: Bench, snapshots: int) -> None:
    pairs = itertools.cycle([(1, snapshots), (3, snapshots - 7), (snapshots - 1, 2)])
    for older, newer in itertools.islice(pairs, 3):
        check_difference(bench, older, newer)

    def far() -> None:
        history.difference(bench.catalog, *next(pairs))

    def far_peer() -> None:
        before, after = (_as_of(number) for number in next(pairs))
        keys = before.keys() | after.keys()
        assert [key for key in keys if before.get(key) != after.get(key)]

    bench.catalog.refresh_from_db()
    ours, theirs = versus(far, far_peer, rounds=6)
    table.ratio("difference of two far snapshots", ours, "simple-history", theirs, 0.25)


def check_difference(bench: Bench, older: int, newer: int) -> None:
    found = history.difference(bench.catalog, older, newer)
    before = lists.images(older, SIZE)
    after = lists.images(newer, SIZE)
    assert {record for change in found for record in change.before} == before - after
    assert {record for change in found for record in change.after} == after - before


def _as_of(number: int) -> dict[str, tuple[str, ...]]:
    rows = Peer.history.as_of(START + number * STEP).values_list(*FIELDS)
    return {row[0]: row for row in rows}


def first_page(table: Table, bench: Bench, snapshots: int) -> None:
    chosen = [2, max(snapshots // 4, 1), max(snapshots // 2, 1), max(snapshots - 3, 1)]
    numbers = itertools.cycle(chosen)

    def page() -> None:
        listings = bench.catalog.listings.as_of(next(numbers)).in_natural_order(numeric=True)
        assert len(listings[:50]) == 50

    def page_peer() -> None:
        moment = START + next(numbers) * STEP
        assert len(list(Peer.history.as_of(moment).order_by("image_id")[:50])) == 50

    timed(page)
    ours, theirs = versus(page, page_peer)
    table.ratio("first page as of any snapshot", ours, "simple-history", theirs, 0.5)
