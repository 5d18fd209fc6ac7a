"""What was listed at some time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count

from xdportal.catalog.models import Catalog, Listing, Listings
from xdportal.provider.records import Line

RECENT = timedelta(days=7)  # so long an item is called new or changed, or shown after withdrawal


def lines_as_of(catalog: Catalog, number: int) -> frozenset[Line]:
    """Return the list that a snapshot holds, as a set. One query."""
    if number == catalog.latest_number:
        return catalog.listings.current().lines()
    return catalog.listings.as_of(number).lines()


def recent_start(catalog: Catalog, now: datetime) -> int:
    """Return the first snapshot number that counts as recent. One query, of one row.

    The very first list is nothing new.
    """
    recent = catalog.snapshots.with_changes().filter(taken_at__gte=now - RECENT)
    first = recent.order_by("taken_at", "number").values_list("number", flat=True)[:1]
    return next(iter(first), catalog.latest_number + 1)


def previous_listings(catalog: Catalog, listings: Iterable[Listing]) -> dict[int, Listing]:
    """Return, by primary key, the listing of the same id that each took over from. One query."""
    successors = {row.item_id: row for row in listings}
    ended = catalog.listings.filter(item_id__in=successors, ended__isnull=False)
    by_end = {(row.item_id, row.ended): row for row in ended}
    previous = {}
    for row in successors.values():
        before = by_end.get((row.item_id, row.first))
        if before is not None:
            previous[row.pk] = before
    return previous


def facet_counts(listings: Listings, column: str) -> list[tuple[str, int]]:
    """Return the values of a column with their rows, the most frequent first. One query."""
    grouped = listings.order_by().values_list(column).annotate(rows=Count("pk"))
    return [(str(value), rows) for value, rows in grouped.order_by("-rows", column)]
