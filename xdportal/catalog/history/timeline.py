"""The life of one id."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from xdportal.catalog.compare import Change, ChangeKind
from xdportal.catalog.history.changes import change_at, numbers_of
from xdportal.catalog.models import Catalog, Listing, Snapshot

Span = tuple[int, int]  # snapshot numbers, half-open


@dataclass(slots=True)
class Moment:
    """What happened to the id with one snapshot."""

    snapshot: Snapshot
    change: Change
    absent: timedelta | None = None  # for a return: how long it was away


@dataclass(slots=True)
class Timeline:
    item_id: str
    listed: list[Listing]  # what is listed now, or was last
    is_listed: bool
    first_seen: datetime
    last_seen: datetime
    snapshots_with: int
    snapshots_in_all: int
    moments: list[Moment] = field(default_factory=list)  # newest first
    spans: list[Span] = field(default_factory=list)
    rows: list[Listing] = field(default_factory=list)  # all there ever were, oldest first


def timeline(catalog: Catalog, item_id: str) -> Timeline | None:
    """Return None for an id that was never listed. Two queries."""
    rows = list(catalog.listings.filter(item_id=item_id).order_by("first", "pk"))
    if not rows or catalog.latest_snapshot is None:
        return None
    numbers = numbers_of(rows)
    with_previous = {*numbers, *(number - 1 for number in numbers)}
    snapshots = {s.number: s for s in catalog.snapshots.filter(number__in=with_previous)}
    latest = catalog.latest_snapshot
    spans = _merged([(row.first, row.ended or latest.number + 1) for row in rows])
    open_rows = [row for row in rows if row.ended is None]
    last_end = spans[-1][1]
    last_rows = [row for row in rows if row.ended == last_end]
    last_listed = latest if open_rows else snapshots[last_end - 1]
    return Timeline(
        item_id=item_id,
        listed=open_rows or last_rows,
        is_listed=bool(open_rows),
        first_seen=snapshots[numbers[0]].taken_at,
        last_seen=last_listed.confirmed_at,
        snapshots_with=sum(end - start for start, end in spans),
        snapshots_in_all=latest.number,
        moments=_moments(item_id, rows, snapshots, spans),
        spans=spans,
        rows=rows,
    )


def _moments(
    item_id: str, rows: Sequence[Listing], snapshots: dict[int, Snapshot], spans: Sequence[Span]
) -> list[Moment]:
    moments = []
    for number in reversed(numbers_of(rows)):
        moment = Moment(snapshots[number], change_at(item_id, rows, number))
        if moment.change.kind is ChangeKind.RETURNED:
            went = max(end for _, end in spans if end < number)
            moment.absent = snapshots[number].taken_at - snapshots[went].taken_at
        moments.append(moment)
    return moments


def _merged(spans: list[Span]) -> list[Span]:
    """Return the spans in order, with those that touch or overlap made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            last_start, last_end = merged[-1]
            merged[-1] = (last_start, max(end, last_end))
        else:
            merged.append((start, end))
    return merged
