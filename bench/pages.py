"""Pages beside an empty view of the same site, signed in as the same person."""

import gc
from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from bench import crowd, lists
from bench.engine import Bench, person
from bench.table import Table, versus
from tests.items import give, package
from xdportal.alerts.pins import actions as pins
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.catalog import retention
from xdportal.connections.models import Connection
from xdportal.provider.kinds import PACKAGES_PAYG

EMPTY = "/bench/empty/"
ADMIN = "/admin/catalog/imagelisting/"
HEAVIEST = 100.0  # KB of a page before compression
USUAL = 5_000
PACKAGES = 100
PINS = 50


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
    add_packages(bench)
    retention.analyze()
    return bench


def add_packages(bench: Bench) -> None:
    """Give the connection a hundred packages, so that their page has fifty rows."""
    catalog = bench.connection.catalogs.get(kind=PACKAGES_PAYG.name)
    rows = [package(str(7001 + place), f"{place % 90}.5") for place in range(PACKAGES)]
    give(catalog, rows, bench.at)
    rows[0] = package("7001", "8.25", cpuNumber=16)
    give(catalog, rows, bench.at + timedelta(hours=1))


def add_pins(bench: Bench) -> None:
    """Pin fifty images, one of which is another image since."""
    at = bench.at - timedelta(hours=1)
    chosen = bench.catalog.listings.current()[:PINS]
    wishes = [Wish(bench.catalog, listing.item_id) for listing in chosen]
    pins.create_many(wishes, Actor(person(), at))


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
    add_pins(bench)
    visitor = Visitor()
    for name, path in _paths(bench).items():
        weight = visitor.size(path)
        ours, empty = versus(visitor.reading(path), visitor.reading(EMPTY))
        table.ratio(f"{name}, {size:,} images", ours, "empty view", empty, 10)
        table.value(f"{name}, weight", weight / 1024, "KB", HEAVIEST)
    bench.delete()
    twelve_connections(table)


def twelve_connections(table: Table) -> None:
    """Measure the dashboard of a person with twelve connections beside that with one."""
    visitor = Visitor()
    at = timezone.now()
    crowd.read_once(crowd.connections(person(), 1, at), at)
    visitor.size("/")
    one, empty = versus(visitor.reading("/"), visitor.reading(EMPTY))
    crowd.read_once(crowd.connections(person(), 11, at), at)
    visitor.size("/")
    twelve, empty_again = versus(visitor.reading("/"), visitor.reading(EMPTY))
    by_empty = one * empty_again / empty  # so that a machine that has changed does not matter
    table.ratio("dashboard, 12 connections", twelve, "the same, 1", by_empty, 2)
    Connection.objects.filter(name__in=[f"C{place}" for place in range(12)]).delete()


def _paths(bench: Bench) -> dict[str, str]:
    base = f"/c/{bench.connection.slug}"
    return {
        "dashboard": "/",
        "changes": f"{base}/changes/",
        "compare": f"{base}/compare/?from=1&to=3",
        "packages": f"{base}/packages-payg/",
        "pins": "/pins/",
        "inbox": "/inbox/",
        "error codes": "/errors/",
        "profile": "/settings/profile/",
    }
