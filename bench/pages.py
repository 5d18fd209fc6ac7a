"""Pages beside an empty view of the same site, signed in as the same person."""

import gc
from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from bench import lists
from bench.engine import Bench, person
from bench.table import Table, versus
from xdportal.catalog import retention

EMPTY = "/bench/empty/"
ADMIN = "/admin/catalog/imagelisting/"
HEAVIEST = 100.0  # KB of a page before compression
USUAL = 5_000


class Visitor:
    def __init__(self) -> None:
        self.client = Client(headers={"host": "127.0.0.1"})
        self.client.force_login(person())

    def size(self, path: str) -> int:
        page = self.client.get(path)
        assert page.status_code == 200, (path, page.status_code)
        return len(page.content)

    def reading(self, path: str) -> Callable[[], object]:
        """Return a call that reads the page."""
        return lambda: self.client.get(path)


def prepared(size: int) -> Bench:
    """Return a bench whose list changed twice in the last days."""
    bench = Bench(f"page-{size}")
    bench.at = timezone.now() - timedelta(days=2)
    for number in (1, 2, 3):
        bench.give(lists.images(number, size))
    retention.analyze()
    return bench


def measure(table: Table, sizes: list[int]) -> None:
    """Measure the page of images at each size in the same rounds, and every page at one size."""
    benches = [prepared(size) for size in sizes]
    visitor = Visitor()
    paths = [f"/c/{bench.connection.slug}/images/" for bench in benches]
    for path in (*paths, EMPTY, ADMIN):
        visitor.size(path)
    gc.collect()
    *ours, empty, admin = versus(*map(visitor.reading, (*paths, EMPTY, ADMIN)))
    for size, each in zip(sizes, ours, strict=True):
        table.ratio(f"images page, {size:,}", each, "empty view", empty, 9)
    largest = f"images page, {sizes[-1]:,}"
    table.ratio(largest, ours[-1], f"the same, {sizes[0]:,}", ours[0], 1.15)
    table.ratio(largest, ours[-1], "admin's list", admin, 0.4)
    for bench in benches:
        bench.delete()
    every(table)


def every(table: Table, size: int = USUAL) -> None:
    """Measure each page of a person with one list that changed a few times."""
    bench = prepared(size)
    visitor = Visitor()
    for name, path in _paths(bench).items():
        weight = visitor.size(path)
        ours, empty = versus(visitor.reading(path), visitor.reading(EMPTY))
        table.ratio(f"{name}, {size:,} images", ours, "empty view", empty, 10)
        table.value(f"{name}, weight", weight / 1024, "KB", HEAVIEST)
    bench.delete()


def _paths(bench: Bench) -> dict[str, str]:
    base = f"/c/{bench.connection.slug}"
    return {
        "dashboard": "/",
        "changes": f"{base}/changes/",
        "compare": f"{base}/compare/?from=1&to=3",
        "packages": f"{base}/packages-payg/",
        "error codes": "/errors/",
        "profile": "/settings/profile/",
    }
