"""The lists beside that of images: packages and personal images, as the provider answers."""

import itertools
import json
import random
from collections.abc import Callable
from typing import Any

from bench.engine import SUCCESS, Bench
from bench.table import Table, versus
from tests.items import package, personal
from xdportal.catalog.checks.engine import finish
from xdportal.catalog.models import Check
from xdportal.provider.client import Answer
from xdportal.provider.envelope import fingerprint, open_envelope
from xdportal.provider.kinds import KINDS, PERSONAL
from xdportal.provider.paging import PAGE_SIZE, Pages

SIZE = 10_000
PERSONAL_SIZE = 1_000  # an account's own images
Body = list[bytes]  # the answers of its pages


def measure(table: Table, size: int = SIZE) -> None:
    package_lists = [name for name in KINDS if name.startswith("packages")]
    for name in package_lists:
        rows = [package(str(7001 + place), f"{place % 90}.5") for place in range(size)]
        one_kind(table, name, rows, _whole)
    rows = [personal(str(8001 + place)) for place in range(min(size, PERSONAL_SIZE))]
    one_kind(table, PERSONAL.name, rows, _paged)


def one_kind(
    table: Table, name: str, rows: list[dict[str, Any]], answer: Callable[[Any], Body]
) -> None:
    bench = Bench(f"kind-{name}", name)
    first = answer(rows)
    read(bench, first)
    shuffled = itertools.cycle([answer(_shuffled(rows, seed)) for seed in (1, 2, 3)])
    same, loads = versus(lambda: read(bench, first), lambda: _loads(first))
    label = f"{name}, {len(rows):,}"
    table.ratio(f"unchanged, same bytes, {label}", same, "json.loads", loads, 1)
    other, loads = versus(lambda: read(bench, next(shuffled)), lambda: _loads(first))
    table.ratio(f"unchanged, another order, {label}", other, "json.loads", loads, 4)
    assert bench.catalog.listings.current().count() == len(rows)
    bench.delete()


def read(bench: Bench, bodies: Body) -> Check:
    """Go from the bytes of the answers to the committed check."""
    if len(bodies) == 1 and not bench.kind.paged:
        return bench.read(bodies[0])
    bench.claim()
    run = bench.taken()
    pages = Pages(bench.kind)
    for body in bodies:
        pages.add(open_envelope(bytearray(body), 200), fingerprint(bytearray(body)))
    is_known = pages.fingerprint == bytes(run.catalog.answer_digest)
    listed = None if is_known else pages.as_list()
    return finish(run, Answer(SUCCESS, pages.fingerprint, listed), bench.at)


def _loads(bodies: Body) -> None:
    for body in bodies:
        json.loads(body)


def _shuffled(rows: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    return random.Random(seed).sample(rows, len(rows))


def _whole(rows: list[dict[str, Any]]) -> Body:
    return [_envelope(rows)]


def _paged(rows: list[dict[str, Any]]) -> Body:
    starts = range(0, len(rows), PAGE_SIZE)
    return [
        _envelope({"data": rows[start : start + PAGE_SIZE], "totalCounts": len(rows)})
        for start in starts
    ]


def _envelope(data: object) -> bytes:
    answer = {"code": 0, "success": True, "msg": "success", "data": data, "traceId": "t"}
    return json.dumps(answer).encode()
