"""What changed: between two lists, with some snapshots, day by day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F, Max, Q, Sum
from django.utils import timezone

from xdportal.catalog.compare import RISK, Change, ChangeKind, change_kind, compare
from xdportal.catalog.history.lists import lines_as_of
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import LISTINGS, Catalog, Listing, QuarantinedAnswer, Snapshot
from xdportal.provider.records import Line, Record, id_of

# If so many changes as this share of the list lie between two snapshots, both lists are read whole.
FAR = 0.25
FEWEST_READ = 1000  # items of a list, for as many snapshots to be looked at


class Interval(NamedTuple):
    """The numbers of a listing."""

    first: int
    ended: int | None
    first_seen: int


class Happening(NamedTuple):
    number: int  # of the snapshot
    change: Change
    went_with: int | None = None  # for a return: the snapshot that first lacked it
    was: tuple[Record, ...] = ()  # for a return: what it was then


def difference(catalog: Catalog, older: int, newer: int) -> list[Change]:
    """Return what differs between two lists, in either direction; A→B→A is no difference.

    Near snapshots: three queries over the rows that ended or began between them. Far ones: both
    lists, two queries.
    """
    if older == newer:
        return []
    kind = spec_of(catalog).provider
    if _is_far(catalog, *sorted((older, newer))):
        return compare(kind, lines_as_of(catalog, older), lines_as_of(catalog, newer))
    low, high = sorted((older, newer))
    ended = catalog.listings.filter(first__lte=low, ended__gt=low, ended__lte=high).lines()
    began = catalog.listings.filter(first__gt=low, first__lte=high).as_of(high).lines()
    touched = {id_of(line).decode() for line in ended ^ began}
    stayed: frozenset[Line] = frozenset()
    if touched:
        stayed = catalog.listings.as_of(low).as_of(high).filter(item_id__in=touched).lines()
    at_low = ended | stayed
    at_high = began | stayed
    if older < newer:
        return compare(kind, at_low, at_high)
    return compare(kind, at_high, at_low)


def _is_far(catalog: Catalog, low: int, high: int) -> bool:
    current_size = catalog.latest_snapshot.item_count if catalog.latest_snapshot else 0
    if high - low > FAR * max(current_size, FEWEST_READ):  # each snapshot holds a change
        return True
    between = catalog.snapshots.filter(number__gt=low, number__lte=high)
    all_changes = Sum(F("added") + F("removed") + F("changed"))
    summed = between.aggregate(changes=all_changes, size=Max("item_count"))
    if summed["changes"] is None:
        return True
    return bool(summed["changes"] > FAR * summed["size"])


def happenings_of(snapshots: Sequence[Snapshot]) -> dict[int, list[Happening]]:
    """Return what happened with each snapshot, by its primary key.

    Two queries a table of listings, for any number of snapshots and catalogs. The snapshots'
    catalogs are read unless they are joined.
    """
    found: dict[int, list[Happening]] = {snapshot.pk: [] for snapshot in snapshots}
    by_model: dict[type[Listing], list[Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        by_model[LISTINGS[snapshot.catalog.kind]].append(snapshot)
    for model, of_model in by_model.items():
        wanted = {(snapshot.catalog_id, snapshot.number): snapshot.pk for snapshot in of_model}
        for (catalog_id, item_id), rows in _rows_touched(model, wanted):
            for number in numbers_of(rows):
                key = wanted.get((catalog_id, number))
                if key is not None:
                    found[key].append(happening_at(item_id, rows, number))
    return found


def changes_of(snapshots: Sequence[Snapshot]) -> dict[int, list[Change]]:
    """Return the changes of each snapshot, by its primary key. Queries as `happenings_of`."""
    happenings = happenings_of(snapshots)
    return {key: [one.change for one in of_snapshot] for key, of_snapshot in happenings.items()}


def changes_after(snapshot: Snapshot, item_id: str, most: int) -> list[Change]:
    """Return the changes of one snapshot that follow an id, in the order of ids. Two queries."""
    number = snapshot.number
    listings = snapshot.catalog.listings
    touched = listings.filter(Q(first=number) | Q(ended=number), item_id__gt=item_id)
    ids = touched.order_by("item_id").values_list("item_id", flat=True).distinct()[:most]
    rows: dict[str, list[Listing]] = {found: [] for found in ids}
    for row in listings.filter(item_id__in=list(rows)):
        rows[row.item_id].append(row)
    return [change_at(found, rows[found], number) for found in rows]


def _rows_touched(
    model: type[Listing], wanted: Iterable[tuple[int, int]]
) -> list[tuple[tuple[int, str], list[Listing]]]:
    """Return all rows of each id that some snapshots touch, in order of catalog and id."""
    touched = Q(pk__in=[])
    for catalog_id, numbers in _grouped(wanted).items():
        of_numbers = Q(first__in=numbers) | Q(ended__in=numbers)
        touched |= Q(catalog=catalog_id) & of_numbers
    ids = model.objects.filter(touched).values_list("catalog_id", "item_id")
    of_ids = Q(pk__in=[])
    for catalog_id, item_ids in _grouped(ids).items():
        of_ids |= Q(catalog=catalog_id, item_id__in=item_ids)
    rows: dict[tuple[int, str], list[Listing]] = defaultdict(list)
    for row in model.objects.filter(of_ids):
        rows[row.catalog_id, row.item_id].append(row)
    return sorted(rows.items())


def quarantined_changes(catalog: Catalog, waiting: QuarantinedAnswer) -> list[Change]:
    """Return what would change if the waiting answer were believed, the riskiest first.

    One query, of the whole list.
    """
    current = catalog.listings.current().lines()
    changes = compare(spec_of(catalog).provider, current, waiting.lines)
    return sorted(changes, key=lambda change: RISK[change.kind])


@dataclass(frozen=True, slots=True)
class DayCount:
    added: int = 0
    removed: int = 0
    changed: int = 0

    def __add__(self, other: "DayCount") -> "DayCount":
        return DayCount(
            self.added + other.added, self.removed + other.removed, self.changed + other.changed
        )


def changes_by_day(catalogs: Iterable[Catalog], since: datetime) -> dict[date, DayCount]:
    """Return counts by day of the viewer's time zone. One query over snapshots."""
    days: dict[date, DayCount] = defaultdict(DayCount)
    snapshots = Snapshot.objects.filter(catalog__in=[catalog.pk for catalog in catalogs])
    recent = snapshots.with_changes().filter(taken_at__gte=since)
    for taken_at, *counts in recent.values_list("taken_at", "added", "removed", "changed"):
        days[timezone.localdate(taken_at)] += DayCount(*counts)
    return dict(days)


def changes_since(catalogs: Iterable[Catalog], since: datetime) -> dict[int, DayCount]:
    """Return counts by the primary key of each catalog that changed. One query."""
    snapshots = Snapshot.objects.with_changes().filter(catalog__in=catalogs, taken_at__gte=since)
    by_catalog = snapshots.order_by().values_list("catalog")
    summed = by_catalog.annotate(Sum("added"), Sum("removed"), Sum("changed"))
    return {catalog_id: DayCount(*counts) for catalog_id, *counts in summed}


def change_at(item_id: str, rows: Sequence[Listing], number: int) -> Change:
    """Return what a snapshot did to an id, from all listings of that id."""
    kind = kind_at(rows, number)
    before = tuple(sorted(row.record for row in rows if row.ended == number))
    after = tuple(sorted(row.record for row in rows if row.first == number))
    return Change(kind, item_id, before, after)


def kind_at(rows: Sequence[Listing | Interval], number: int) -> ChangeKind:
    """Return the kind of what a snapshot did to an id, from all its listings or intervals."""
    return change_kind(
        listed_before=any(_holds(row, number - 1) for row in rows),
        listed_after=any(_holds(row, number) for row in rows),
        seen=any(row.first_seen < number for row in rows),
    )


def happening_at(item_id: str, rows: Sequence[Listing], number: int) -> Happening:
    """Return what a snapshot did to an id and, where it came back, what it was before."""
    change = change_at(item_id, rows, number)
    if change.kind is not ChangeKind.RETURNED:
        return Happening(number, change)
    went = max(row.ended for row in rows if row.ended is not None and row.ended < number)
    was = tuple(sorted(row.record for row in rows if row.ended == went))
    return Happening(number, change, went, was)


def numbers_of(rows: Iterable[Listing | Interval]) -> list[int]:
    """Return the numbers of the snapshots with which some listings began or ended, in order."""
    numbers = set()
    for row in rows:
        numbers.add(row.first)
        if row.ended is not None:
            numbers.add(row.ended)
    return sorted(numbers)


def _holds(row: Listing | Interval, number: int) -> bool:
    return row.first <= number and (row.ended is None or row.ended > number)


def _grouped(pairs: Iterable[tuple[int, object]]) -> dict[int, list[object]]:
    groups: dict[int, list[object]] = defaultdict(list)
    for first, second in pairs:
        groups[first].append(second)
    return groups
