"""The rows of a list: each item with what happened to it lately."""

from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from xdportal.catalog import grading, history, sentences
from xdportal.catalog.compare import ChangeKind
from xdportal.catalog.grades import Grade
from xdportal.catalog.history import Happening, Price
from xdportal.catalog.kinds import CatalogKind, spec_of
from xdportal.catalog.models import Catalog, Listing

STEPS = 60  # of a price line
PRICED = history.RECENT * 30 // 7  # so long a price line reaches back: thirty days


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened: its grade, when, and what the id was before."""

    grade: Grade
    at: datetime
    was: str = ""
    went_at: datetime | None = None  # for a return


@dataclass(slots=True)
class Row:
    """One line of the table."""

    listing: Listing
    status: str  # new, returned, changed, withdrawn, or empty
    notes: list[Note]
    first_seen: datetime
    last_change: datetime | None
    since: datetime | None = None  # a personal image: since when it is in its state
    line: list[Decimal] = field(default_factory=list)  # the price day by day, oldest first


def rows_of(
    catalog: Catalog, listings: Sequence[Listing], recent: int, priced_at: datetime | None = None
) -> list[Row]:
    """Two queries for all that a row says beside its listing; none more than for one row.

    `priced_at`: with the lines of prices over the thirty days before. Two queries more.
    """
    happened = history.happenings(catalog, listings, recent)
    points = _points(catalog, listings, priced_at)
    priced = {point.number for of_id in points.values() for point in of_id}
    moments = history.taken(catalog, _numbers(listings, happened) | priced)
    ends = steps_of(priced_at - PRICED, priced_at) if priced_at else []
    kind = spec_of(catalog)
    return [
        Row(
            listing=listing,
            status=_status(listing, happened.get(listing.item_id, [])),
            notes=_notes(kind, happened.get(listing.item_id, []), moments),
            first_seen=moments[listing.first_seen],
            last_change=_last_change(listing, moments),
            line=price_line(points.get(listing.item_id, []), moments, ends),
        )
        for listing in listings
    ]


def _points(
    catalog: Catalog, listings: Sequence[Listing], at: datetime | None
) -> dict[str, list[Price]]:
    """Return by id the prices of the thirty days before; nothing if they are not wanted."""
    if at is None:
        return {}
    first = catalog.snapshots.at(at - PRICED)
    since = first.number if first else 1
    return history.prices(catalog, {listing.item_id for listing in listings}, since)


def add_state_times(catalog: Catalog, rows: Sequence[Row]) -> None:
    """Say since when each personal image is in its state. Two queries."""
    listed = history.rows_by_id(catalog, {row.listing.item_id for row in rows})
    began = {row.listing.pk: state_began(row.listing, listed[row.listing.item_id]) for row in rows}
    moments = history.taken(catalog, began.values())
    for row in rows:
        row.since = moments[began[row.listing.pk]]


def state_began(current: Any, rows: Sequence[Any]) -> int:
    """Return the snapshot with which an item came into the state it has, or had last."""
    by_end = {row.ended: row for row in rows if row.status == current.status}
    first: int = current.first
    while first in by_end:
        first = by_end[first].first
    return first


def steps_of(start: datetime, now: datetime) -> list[datetime]:
    """Return where each of the steps of a span ends."""
    length = (now - start) / STEPS
    return [start + length * (step + 1) for step in range(STEPS)]


def price_line(
    points: Sequence[Price], moments: Mapping[int, datetime], ends: Sequence[datetime]
) -> list[Decimal]:
    """Return the last price at the end of each step; nothing of a step without a price.

    Of two prices the one that comes later in `points` counts, whatever the clock said.
    """
    line: list[Decimal | None] = [None] * len(ends)
    for point in points:
        if point.price:
            begins = bisect_left(ends, moments[point.number])
            line[begins:] = [_decimal(point.price)] * (len(ends) - begins)
    return [price for price in line if price is not None]


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


def _numbers(listings: Sequence[Listing], happened: Mapping[str, list[Happening]]) -> set[int]:
    numbers = set()
    for listing in listings:
        numbers |= {listing.first_seen, listing.last_change}
    for found in happened.values():
        for happening in found:
            numbers |= {happening.number, happening.went_with or happening.number}
    return numbers


def _status(listing: Listing, happened: Sequence[Happening]) -> str:
    if listing.ended is not None:
        return "withdrawn"
    return recent_status({happening.change.kind for happening in happened})


def recent_status(kinds: Container[ChangeKind]) -> str:
    """Return the one word, which exports have, too, for what is listed: the gravest."""
    if ChangeKind.CHANGED in kinds:
        return "changed"
    if ChangeKind.RETURNED in kinds:
        return "returned"
    return "new" if ChangeKind.ADDED in kinds else ""


def _notes(
    kind: CatalogKind, happened: Sequence[Happening], moments: Mapping[int, datetime]
) -> list[Note]:
    ended_by_return = {happening.went_with for happening in happened}
    notes = []
    for happening in happened:
        if happening.number == 1 or happening.number in ended_by_return:
            continue  # the first list is nothing new, and a return says how long the absence was
        went_at = moments[happening.went_with] if happening.went_with else None
        grade = grading.grade_of_happening(kind, happening)
        was = sentences.was(kind, happening.change)
        if grade is Grade.REUSED:
            was = sentences.describe_all(kind, happening.was)
        notes.append(Note(grade, moments[happening.number], was, went_at))
    return notes


def _last_change(listing: Listing, moments: Mapping[int, datetime]) -> datetime | None:
    if listing.last_change == listing.first_seen:
        return None
    return moments[listing.last_change]
