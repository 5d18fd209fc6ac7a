"""A change of the list becomes a snapshot, with the listings that end and begin with it."""

from collections import Counter
from collections.abc import Set
from datetime import datetime

from xdportal.catalog.checks import intervals
from xdportal.catalog.compare import Changed, ChangeKind, Counts, all_numeric, count
from xdportal.catalog.kinds import Field, spec_of
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.provider.records import Line

MOST_VALUES = 200  # of a facet that are counted; beyond, pages count by themselves


def new_snapshot(
    catalog: Catalog, change: Changed, at: datetime, taken_at: datetime
) -> tuple[Snapshot, Counts]:
    """Write the snapshot that follows the latest one; to be called within a run's transaction."""
    latest = catalog.latest_snapshot
    number = catalog.latest_number + 1
    ended = change.before - change.after
    began = change.after - change.before
    kinds = intervals.write(catalog, number, ended | began)
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
        numeric=is_numeric(latest, ended, began, change.after),
        facets=facets_after(catalog, ended, began, change.after),
        withdrawn=withdrawn_before + kinds[ChangeKind.REMOVED] - kinds[ChangeKind.RETURNED],
        **counts._asdict(),
    )
    return snapshot, counts


def is_numeric(
    latest: Snapshot | None, ended: Set[Line], began: Set[Line], after: Set[Line]
) -> bool:
    """Return `all_numeric(after)`, from the rows that differ wherever they decide it."""
    if latest is None:
        return all_numeric(after)
    if not all_numeric(began):
        return False
    if latest.numeric:
        return True
    return not all_numeric(ended) and all_numeric(after)


def facets_after(
    catalog: Catalog, ended: Set[Line], began: Set[Line], after: Set[Line]
) -> dict[str, dict[str, int]]:
    """Return the counts of the list after a change: what pages would count again and again.

    They follow from the latest snapshot's and the rows that differ. What that one does not know
    is counted over the whole list.
    """
    facets = {}
    for field in spec_of(catalog).facets:
        known = catalog.latest_snapshot.facet(field.name) if catalog.latest_snapshot else None
        if known is None:
            counts = _counted(field, after)
        else:
            counts = Counter(known)
            counts.update(_counted(field, began))
            counts.subtract(_counted(field, ended))
        values = +counts
        if len(values) <= MOST_VALUES:
            facets[field.name] = dict(values)
    return facets


def _counted(field: Field, lines: Set[Line]) -> Counter[str]:
    values = Counter(line.split(b"\t")[field.position] for line in lines)
    return Counter({value.decode(): number for value, number in values.items()})
