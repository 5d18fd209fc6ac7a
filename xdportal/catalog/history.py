"""The questions one can ask of a catalog's history. Pages and exports use only these.

Everything is derived from listings: intervals of snapshot numbers, half-open. Costs are in queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Length
from django.utils import timezone

from xdportal.catalog.compare import RISK, Change, compare, kind_of
from xdportal.catalog.models import LISTING_FIELDS, AsLine, Catalog, Check, HeldAnswer, Listing, Snapshot
from xdportal.provider.records import Line, id_of

FAR = 0.25  # as many changes as a quarter of the list lie between: then both lists are read whole
RECENT = timedelta(days=7)  # so long an image is called new or changed, and a withdrawn one stays in view

Listings = QuerySet[Listing]


def as_of(catalog: Catalog, number: int) -> Listings:
    """The list that snapshot `number` holds."""
    return Listing.objects.filter(catalog=catalog, first__lte=number).filter(Q(ended=None) | Q(ended__gt=number))


def current(catalog: Catalog) -> Listings:
    return Listing.objects.filter(catalog=catalog, ended=None)


def withdrawn(catalog: Catalog, since: int = 0) -> Listings:
    """The last listings of ids that are listed no more, of those that went with snapshot `since` or later."""
    later = Listing.objects.filter(catalog=catalog, image_id=OuterRef("image_id")).filter(
        Q(ended=None) | Q(ended__gt=OuterRef("ended"))
    )
    return Listing.objects.filter(catalog=catalog, ended__gte=max(since, 1)).filter(~Exists(later))


def in_natural_order(listings: Listings, numeric: bool) -> Listings:
    """By image id; as numbers where all ids are numbers (shorter is smaller: there are no leading zeros)."""
    return listings.order_by(*([Length("image_id")] if numeric else []), "image_id", "pk")


def snapshot_at(catalog: Catalog, moment: datetime) -> Snapshot | None:
    """The snapshot that was the latest at a time. One query."""
    return catalog.snapshots.filter(taken_at__lte=moment).order_by("-number").first()


def recent_start(catalog: Catalog, now: datetime) -> int:
    """The first snapshot number that counts as recent; the very first list is nothing new. One query."""
    found = catalog.snapshots.filter(taken_at__gte=now - RECENT, number__gt=1).aggregate(number=Min("number"))["number"]
    if found is not None:
        return int(found)
    return catalog.latest_snapshot.number + 1 if catalog.latest_snapshot else 1


def previous_rows(catalog: Catalog, listings: Iterable[Listing]) -> dict[int, Listing]:
    """By primary key, the listing of the same id that each one took over from. One query."""
    wanted = {row.image_id: row for row in listings}
    before: dict[tuple[str, int], Listing] = {
        (row.image_id, row.ended or 0): row
        for row in Listing.objects.filter(catalog=catalog, image_id__in=wanted, ended__isnull=False)
    }
    found = {row.pk: before.get((row.image_id, row.first)) for row in wanted.values()}
    return {key: row for key, row in found.items() if row is not None}


def current_lines(catalog: Catalog) -> frozenset[Line]:
    """The current list as a set. One query, of an index alone."""
    return _lines_of(current(catalog))


def lines_as_of(catalog: Catalog, number: int) -> frozenset[Line]:
    """The list that a snapshot holds, as a set. One query."""
    latest = catalog.latest_snapshot is not None and catalog.latest_snapshot.number == number
    return _lines_of(current(catalog) if latest else as_of(catalog, number))


def difference(catalog: Catalog, older: int, newer: int) -> list[Change]:
    """What differs between two lists, in either direction; A→B→A is no difference.

    Near snapshots: three queries over the rows that ended or began between them. Far ones: both lists, two queries.
    """
    if older == newer:
        return []
    low, high = sorted((older, newer))
    between = catalog.snapshots.filter(number__gt=low, number__lte=high)
    moved = between.aggregate(rows=Sum(F("added") + F("removed") + F("changed")), size=Max("image_count"))
    if moved["rows"] is None or moved["rows"] > FAR * moved["size"]:
        return compare(lines_as_of(catalog, older), lines_as_of(catalog, newer))
    rows = Listing.objects.filter(catalog=catalog)
    gone = _lines_of(rows.filter(first__lte=low, ended__gt=low, ended__lte=high))
    come = _lines_of(rows.filter(first__gt=low, first__lte=high).filter(Q(ended=None) | Q(ended__gt=high)))
    touched = {id_of(line).decode() for line in gone ^ come}
    stay = _lines_of(rows.filter(_spans(low), _spans(high), image_id__in=touched)) if touched else frozenset()
    before, after = gone | stay, come | stay
    return compare(before, after) if older < newer else compare(after, before)


def changes_of(snapshots: Sequence[Snapshot]) -> dict[int, list[Change]]:
    """The changes of each snapshot, by its primary key. Two queries, whatever their number and catalogs."""
    wanted = {(snapshot.catalog_id, snapshot.number): snapshot.pk for snapshot in snapshots}
    touched = _none()
    for catalog_id, numbers in _by_first(wanted).items():
        touched |= Q(catalog=catalog_id) & (Q(first__in=numbers) | Q(ended__in=numbers))
    rows = list(Listing.objects.filter(touched))
    relatives = _none()
    for catalog_id, image_ids in _by_first((row.catalog_id, row.image_id) for row in rows).items():
        relatives |= Q(catalog=catalog_id, image_id__in=image_ids)
    families: dict[tuple[int, str], list[Listing]] = defaultdict(list)
    for row in Listing.objects.filter(relatives):
        families[row.catalog_id, row.image_id].append(row)
    found: dict[int, list[Change]] = {snapshot.pk: [] for snapshot in snapshots}
    for (catalog_id, image_id), family in sorted(families.items()):
        for number in sorted({row.first for row in family} | {row.ended for row in family if row.ended}):
            if (catalog_id, number) in wanted:
                found[wanted[catalog_id, number]].append(_change(image_id, family, number))
    return found


@dataclass(slots=True)
class Event:
    """What happened to one id with one snapshot."""

    snapshot: Snapshot
    change: Change
    absent: timedelta | None = None  # for a return: how long it was away


@dataclass(slots=True)
class Timeline:
    """The life of one id."""

    image_id: str
    listed: list[Listing]  # what is listed now, or was last
    is_listed: bool
    first_seen: datetime
    last_seen: datetime
    snapshots_with: int
    snapshots_in_all: int
    events: list[Event] = field(default_factory=list)  # newest first
    spans: list[tuple[int, int]] = field(default_factory=list)  # snapshot numbers, half-open


def timeline(catalog: Catalog, image_id: str) -> Timeline | None:
    """None for an id that was never listed. Two queries."""
    rows = list(Listing.objects.filter(catalog=catalog, image_id=image_id).order_by("first", "pk"))
    if not rows or catalog.latest_snapshot is None:
        return None
    numbers = sorted({row.first for row in rows} | {row.ended for row in rows if row.ended})
    snapshots = {s.number: s for s in catalog.snapshots.filter(number__in={*numbers, *(n - 1 for n in numbers)})}
    latest = catalog.latest_snapshot.number
    spans = _merged([(row.first, row.ended or latest + 1) for row in rows])
    is_listed = any(row.ended is None for row in rows)
    last_end = max(end for _, end in spans)
    events = []
    for number in numbers:
        event = Event(snapshots[number], _change(image_id, rows, number))
        if event.change.kind == "returned":
            went = max(end for _, end in spans if end < number)
            event.absent = snapshots[number].taken_at - snapshots[went].taken_at
        events.append(event)
    return Timeline(
        image_id=image_id,
        listed=[row for row in rows if row.ended is None] or [row for row in rows if row.ended == last_end],
        is_listed=is_listed,
        first_seen=snapshots[numbers[0]].taken_at,
        last_seen=catalog.latest_snapshot.confirmed_at if is_listed else snapshots[last_end - 1].confirmed_at,
        snapshots_with=sum(end - start for start, end in spans),
        snapshots_in_all=latest,
        events=events[::-1],
        spans=spans,
    )


@dataclass(frozen=True, slots=True)
class DayCount:
    added: int
    removed: int
    changed: int


def changes_by_day(catalog: Catalog, since: datetime) -> dict[date, DayCount]:
    """Counts by day of the viewer's time zone. The first list is no change. One query over snapshots."""
    days: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    rows = catalog.snapshots.filter(taken_at__gte=since, number__gt=1)
    for taken_at, *counts in rows.values_list("taken_at", "added", "removed", "changed"):
        day = days[timezone.localdate(taken_at)]
        for place, number in enumerate(counts):
            day[place] += number
    return {day: DayCount(*counts) for day, counts in days.items()}


def changes_since(catalogs: Iterable[Catalog], since: datetime) -> dict[int, DayCount]:
    """Counts by the catalog's primary key, of those that changed; first lists are no change. One query."""
    rows = Snapshot.objects.filter(catalog__in=catalogs, taken_at__gte=since, number__gt=1).order_by()
    summed = rows.values_list("catalog").annotate(Sum("added"), Sum("removed"), Sum("changed"))
    return {catalog_id: DayCount(*counts) for catalog_id, *counts in summed}


def held_changes(catalog: Catalog, held: HeldAnswer) -> list[Change]:
    """What would change if the held answer were believed, the riskiest first. One query, of the whole list."""
    return sorted(compare(current_lines(catalog), held.lines), key=lambda change: RISK[change.kind])


def recent_checks(catalog: Catalog, number: int = 48) -> list[Check]:
    """The last checks, oldest first, with their snapshots. One query."""
    checks = catalog.checks.select_related("snapshot").order_by("-started", "-pk")[:number]
    return list(checks)[::-1]


def sizes(catalog: Catalog, most: int = 1000) -> list[tuple[datetime, int]]:
    """When each of the last snapshots was taken and how many images it holds, oldest first. One query."""
    rows = catalog.snapshots.order_by("-number").values_list("taken_at", "image_count")[:most]
    return list(rows)[::-1]


def facet_counts(listings: Listings, column: str) -> list[tuple[str, int]]:
    """Values of a column with the number of rows, the most frequent first. One query."""
    counted = listings.order_by().values_list(column).annotate(rows=Count("pk")).order_by("-rows", column)
    return [(str(value), rows) for value, rows in counted]


def _lines_of(listings: Listings) -> frozenset[Line]:
    rows = listings.order_by().values_list(AsLine(*LISTING_FIELDS))
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        return frozenset(bytes(line) for (line,) in cursor)


def _change(image_id: str, family: Sequence[Listing], number: int) -> Change:
    """What snapshot `number` did to an id, from all listings of that id."""
    kind = kind_of(
        listed_before=any(_holds(row, number - 1) for row in family),
        listed_after=any(_holds(row, number) for row in family),
        seen=any(row.seen < number for row in family),
    )
    gone = tuple(sorted(row.image for row in family if row.ended == number))
    come = tuple(sorted(row.image for row in family if row.first == number))
    return Change(kind, image_id, gone, come)


def _none() -> Q:
    return Q(pk__in=[])


def _by_first(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for first, second in pairs:
        groups[first].append(second)
    return groups


def _spans(number: int) -> Q:
    return Q(first__lte=number) & (Q(ended=None) | Q(ended__gt=number))


def _holds(row: Listing, number: int) -> bool:
    return row.first <= number and (row.ended is None or row.ended > number)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
