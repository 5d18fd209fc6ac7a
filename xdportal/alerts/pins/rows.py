"""Listings of many ids in many catalogs, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from xdportal.alerts.pins.judge import Span
from xdportal.catalog.models import LISTINGS, Catalog, Listing, Snapshot

# Of one statement: SQLite takes 32,766 values, and expressions a thousand deep.
MOST_IDS, MOST_CATALOGS = 25_000, 400

Key = tuple[int, str]  # a catalog's primary key, and an id


def spans_of(wanted: Iterable[tuple[Catalog, str]]) -> dict[Key, list[Span]]:
    """Return all listings of each id. One query a table of listings."""
    spans: dict[Key, list[Span]] = defaultdict(list)
    for model, by_catalog in _by_model(wanted).items():
        for part in _parts(by_catalog):
            for catalog_id, span in _read(model, _any_of(part, "item_id")):
                spans[catalog_id, span.record[0]].append(span)
    return spans


def listed_with(
    wanted: Iterable[tuple[Catalog, str]], column: str, numbers: Mapping[int, int]
) -> dict[int, list[Span]]:
    """Return, by catalog, what its snapshot of this number lists with a text in a column.

    One query a table of listings.
    """
    found: dict[int, list[Span]] = defaultdict(list)
    for model, by_catalog in _by_model(wanted).items():
        for part in _parts(by_catalog):
            for catalog_id, span in _read(model, _any_of(part, column)):
                if span.holds(numbers.get(catalog_id, 0)):
                    found[catalog_id].append(span)
    return found


def _read(model: type[Listing], condition: Q) -> Iterator[tuple[int, Span]]:
    """Yield listings with their catalog's primary key."""
    columns = ("catalog_id", "first", "ended", *model.columns())
    record = model.record_type._make
    rows = model.objects.filter(condition).order_by().values_list(*columns)
    for row in rows.iterator(chunk_size=5000):
        yield row[0], Span(record(row[3:]), row[1], row[2])


def latest_numbers(catalogs: Iterable[Catalog], at: datetime | None) -> dict[int, int]:
    """Return the number of the snapshot that is the latest, or was at a time. One query."""
    snapshots = Snapshot.objects.filter(catalog__in={catalog.pk for catalog in catalogs})
    if at is not None:
        snapshots = snapshots.filter(taken_at__lte=at)
    latest = snapshots.order_by().values_list("catalog").annotate(number=Max("number"))
    return dict(latest)


def times_of(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], datetime]:
    """Return when snapshots were taken, by catalog and number. One query for 400 catalogs."""
    numbers: dict[int, set[Any]] = defaultdict(set)
    for catalog_id, number in wanted:
        numbers[catalog_id].add(number)
    times = {}
    for part in _parts(numbers):
        rows = Snapshot.objects.filter(_any_of(part, "number")).order_by()
        for catalog_id, number, taken_at in rows.values_list("catalog_id", "number", "taken_at"):
            times[catalog_id, number] = taken_at
    return times


def in_parts(values: list[Any]) -> Iterator[list[Any]]:
    """Yield a list in parts that one statement can hold."""
    for start in range(0, len(values), MOST_IDS):
        yield values[start : start + MOST_IDS]


def _by_model(
    wanted: Iterable[tuple[Catalog, str]],
) -> dict[type[Listing], dict[int, set[Any]]]:
    by_model: dict[type[Listing], dict[int, set[Any]]] = {}
    for catalog, text in wanted:
        of_model = by_model.setdefault(LISTINGS[catalog.kind], {})
        of_model.setdefault(catalog.pk, set()).add(text)
    return by_model


def _parts(by_catalog: Mapping[int, set[Any]]) -> Iterator[dict[int, list[Any]]]:
    """Yield it in parts that one statement can hold."""
    part: dict[int, list[Any]] = {}
    room = MOST_IDS
    for catalog_id, values in sorted(by_catalog.items()):
        rest = sorted(values)
        while rest:
            if not room or len(part) == MOST_CATALOGS:
                yield part
                part = {}
                room = MOST_IDS
            part[catalog_id] = rest[:room]
            rest = rest[room:]
            room -= len(part[catalog_id])
    if part:
        yield part


def _any_of(part: Mapping[int, list[Any]], column: str) -> Q:
    wanted = [
        Q(("catalog", catalog_id), (f"{column}__in", values)) for catalog_id, values in part.items()
    ]
    return Q(*wanted, _connector=Q.OR)
