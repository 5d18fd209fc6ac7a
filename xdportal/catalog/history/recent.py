"""What happened lately to the items of a page."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from xdportal.catalog.compare import ChangeKind
from xdportal.catalog.history.changes import (
    Happening,
    Interval,
    happening_at,
    kind_at,
    numbers_of,
)
from xdportal.catalog.models import Catalog, Listing


class Price(NamedTuple):
    """A price of a package from a snapshot on; without texts: it was not listed."""

    number: int
    price: str
    discount: str


def happenings(
    catalog: Catalog, listings: Iterable[Listing], since: int
) -> dict[str, list[Happening]]:
    """Return by id what happened with snapshot `since` or later, the latest first. One query."""
    touched = {row.item_id for row in listings if row.last_change >= since}
    if not touched:
        return {}
    found = {}
    for item_id, rows in rows_by_id(catalog, touched).items():
        numbers = [number for number in numbers_of(rows) if number >= since]
        found[item_id] = [happening_at(item_id, rows, number) for number in reversed(numbers)]
    return found


def kinds_since(
    catalog: Catalog, item_ids: Collection[str], since: int
) -> dict[str, set[ChangeKind]]:
    """Return by id the kinds of what happened with snapshot `since` or later. One query.

    Only the intervals are read: what the kinds of `happenings` are, without their records.
    """
    if not item_ids:
        return {}
    intervals = defaultdict(list)
    wanted = catalog.listings.filter(item_id__in=item_ids)
    for item_id, *numbers in wanted.values_list("item_id", "first", "ended", "first_seen"):
        intervals[item_id].append(Interval(*numbers))
    return {
        item_id: {kind_at(of_id, number) for number in numbers_of(of_id) if number >= since}
        for item_id, of_id in intervals.items()
    }


def prices(catalog: Catalog, item_ids: Iterable[str], since: int) -> dict[str, list[Price]]:
    """Return by id the price of each package at snapshot `since` and every later one. One query."""
    later = Q(ended=None) | Q(ended__gt=since)
    rows = rows_by_id(catalog, item_ids, later)
    return {item_id: prices_of(of_id, since) for item_id, of_id in rows.items()}


def prices_of(rows: Sequence[Listing], since: int = 1) -> list[Price]:
    """Return each price with the snapshot it began with, oldest first.

    An id listed with several prices at once has the lowest in the order of texts.
    """
    numbers = numbers_of(rows)
    before = [number for number in numbers if number < since][-1:]
    points: list[Price] = []
    for number in [*before, *(number for number in numbers if number >= since)]:
        price, discount = _price_at(rows, number)
        if not points or points[-1][1:] != (price, discount):
            points.append(Price(number, price, discount))
    return points


def _price_at(rows: Iterable[Any], number: int) -> tuple[str, str]:
    held = [
        row for row in rows if row.first <= number and (row.ended is None or row.ended > number)
    ]
    return min(((row.price, row.discount) for row in held), default=("", ""))


def rows_by_id(
    catalog: Catalog, item_ids: Iterable[str], condition: Q | None = None
) -> dict[str, list[Listing]]:
    """Return the listings of some ids, by id, oldest first. One query."""
    rows: dict[str, list[Listing]] = defaultdict(list)
    wanted = catalog.listings.filter(condition or Q(), item_id__in=list(item_ids))
    for row in wanted.order_by("first", "pk"):
        rows[row.item_id].append(row)
    return rows


def taken(catalog: Catalog, numbers: Iterable[int]) -> dict[int, datetime]:
    """Return when some snapshots were taken. One query."""
    wanted = catalog.snapshots.filter(number__in=set(numbers))
    return dict(wanted.values_list("number", "taken_at"))
