"""The first page of a walk, by composed queries, is the one that its parts begin with."""

from datetime import timedelta
from heapq import merge
from itertools import islice
from typing import Any

import pytest

from tests.items import START, give, item, package
from xdportal.catalog.history.walk import STATUSES, Walk, Wanted
from xdportal.catalog.models import Catalog

IMAGES = (
    [item("1"), item("10", "9"), item("9")],
    [item("1", "9"), item("10", "9"), item("2")],
    [item("1", "9"), item("9"), item("2", type="SC"), item("2")],
)
PACKAGES = ([package("b"), package("a")], [package("a", "9"), package("c", gpuName="T4")])


def plain_page(walk: Walk, most: int) -> list[Any]:
    parts = [list(walk.in_order(part)[:most]) for part in walk.parts()]
    return list(islice(merge(*parts, key=walk._key), most))


def facts(listings: list[Any]) -> list[tuple[Any, ...]]:
    return [(one.pk, one.record, one.first, one.ended, one.first_seen) for one in listings]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("values", [{}, {"version": "9"}, {"type": "SC", "name": "Ubuntu Server"}])
def test_images(catalog: Catalog, status: str, values: dict[str, str]) -> None:
    check_pages(catalog, IMAGES, Wanted(values=values, status=status))


@pytest.mark.parametrize("values", [{}, {"gpu": "T4"}])
def test_packages_whose_ids_are_no_numbers(catalog: Catalog, values: dict[str, str]) -> None:
    catalog.connection.catalogs.update(enabled=True)
    packages: Catalog = catalog.connection.catalogs.get(kind="packages-payg")
    check_pages(packages, PACKAGES, Wanted(values=values))


def check_pages(catalog: Catalog, lists: Any, wanted: Wanted) -> None:
    for number, listed in enumerate(lists):
        give(catalog, listed, START + number * timedelta(hours=1))
    for snapshot in catalog.snapshots.order_by("number"):
        for most in (1, 2, 10):
            walk = Walk(catalog, snapshot, 2, wanted)
            assert facts(walk.page_after(None, most)) == facts(plain_page(walk, most))
