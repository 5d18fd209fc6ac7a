"""A change of the list becomes a snapshot, with the listings that end and begin with it."""

from collections import Counter
from collections.abc import Set
from datetime import datetime

from xdportal.catalog.checks import intervals
from xdportal.catalog.compare import Changed, ChangeKind, Counts, all_numeric, count
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.provider.records import Line

MOST_VALUES = 200  # of a facet that are counted; beyond, pages count by themselves


def new_snapshot(catalog: Catalog, change: Changed, at: datetime, taken_at: datetime) -> tuple[Snapshot, Counts]:
    """Write the snapshot that follows the latest one; to be called within a run's transaction."""
    latest = catalog.latest_snapshot
    number = catalog.latest_number + 1
    kinds = intervals.write(catalog, number, change)
    counts = count(kinds.elements())
    withdrawn_before = latest.withdrawn if latest else 0
    snapshot = Snapshot.objects.create(
        catalog=catalog,
        number=number,
        taken_at=taken_at,
        recorded_at=at,
        confirmed_at=at,
        digest=change.digest,
        item_count=len(change.after),
        numeric=all_numeric(change.after),
        facets=facet_counts(catalog, change.after),
        withdrawn=withdrawn_before + kinds[ChangeKind.REMOVED] - kinds[ChangeKind.RETURNED],
        **counts._asdict(),
    )
    return snapshot, counts


def facet_counts(catalog: Catalog, lines: Set[Line]) -> dict[str, dict[str, int]]:
    """Return what pages would otherwise count again and again."""
    counts = {}
    for field in spec_of(catalog).facets:
        values = Counter(line.split(b"\t")[field.position] for line in lines)
        if len(values) <= MOST_VALUES:
            counts[field.name] = {value.decode(): n for value, n in values.most_common()}
    return counts
