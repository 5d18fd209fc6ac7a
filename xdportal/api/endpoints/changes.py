"""What changed in a list, the newest first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.api import cursors, groups, meta, problems
from xdportal.api.cursors import Cursor
from xdportal.api.endpoints.lists import meta_of_walk
from xdportal.api.operations import READ, Answer, Call, get
from xdportal.api.parameters import Needed, Paged, Text, catalog_of, snapshot_at
from xdportal.api.schemas import ChangeOfSnapshot, ManyOfCatalog
from xdportal.catalog import history, records
from xdportal.catalog.compare import Change
from xdportal.catalog.kinds import CatalogKind, spec_of
from xdportal.catalog.models import Catalog, Snapshot

MANY = 1000  # changes of one snapshot
MOST_SNAPSHOTS = 200  # looked through for one page; a page may hold fewer changes than asked for


class ChangesQuery(Paged, frozen=True, kw_only=True):
    since: Annotated[
        datetime | None,
        Meta(description=gettext_noop("Changes of this time and later.")),
    ] = None
    until: Annotated[
        datetime | None,
        Meta(description=gettext_noop("Changes before this time.")),
    ] = None
    change: Literal["added", "removed", "changed", "returned"] | None = None
    type: Annotated[
        Text | None,
        Meta(description=gettext_noop("The type before or after the change.")),
    ] = None
    id: Needed | None = None


class Found(NamedTuple):
    snapshot: Snapshot
    change: Change


@get(
    "/connections/{slug}/{kind}/changes",
    summary=gettext_lazy("What changed in a list"),
    description=gettext_lazy(
        "Newest first. A page may be short even if more follow: check `next`."
    ),
    group=groups.LISTS,
    scopes=READ,
    query=ChangesQuery,
    answer=ManyOfCatalog[ChangeOfSnapshot],
    problems={404},
)
def list_changes(call: Call[ChangesQuery, None]) -> Answer:
    catalog = catalog_of(call)
    kind = spec_of(catalog)
    if call.query.type is not None and "type" not in kind.by_name:
        raise problems.invalid("type", _("This kind of list has no such field."))
    cursor = cursors.read(call.request, (int, str))
    latest = _latest(call, catalog, cursor)
    if latest is None:
        return Answer({"data": [], "meta": meta.of_catalog(catalog, call.at), "next": None})
    call.depends_on(*meta.version_of(catalog, call.at), latest.number)
    page, place = _page(call.query, catalog, latest, cursor)
    following = cursors.address(call.request, (latest.number,), place) if place else None
    return Answer(
        {
            "data": [records.change(kind, found.change, found.snapshot) for found in page],
            "meta": meta_of_walk(call, catalog, latest),
            "next": following,
        }
    )


def _latest(
    call: Call[ChangesQuery, None], catalog: Catalog, cursor: Cursor | None
) -> Snapshot | None:
    """Return the snapshot that the walk began at."""
    if cursor is None:
        return catalog.latest_snapshot
    if len(cursor.bounds) != 1:
        raise problems.invalid("cursor", _("This cursor is not valid."))
    return snapshot_at(catalog, cursor.bounds[0], "cursor", call.at)


def _page(
    query: ChangesQuery, catalog: Catalog, latest: Snapshot, cursor: Cursor | None
) -> tuple[list[Found], tuple[int, str] | None]:
    """Return the changes of a page, and the place where the next begins, if there is more."""
    snapshots = _snapshots(query, catalog, latest, cursor)
    last = snapshots.pop() if len(snapshots) > MOST_SNAPSHOTS else None
    place: tuple[int, str] | None = (last.number, "") if last else None
    page: list[Found] = []
    for found in _found(query, catalog, snapshots, cursor):
        if len(page) == query.limit:
            before = page[-1]
            return page, (before.snapshot.number, before.change.item_id)
        page.append(found)
    return page, place


def _snapshots(
    query: ChangesQuery, catalog: Catalog, latest: Snapshot, cursor: Cursor | None
) -> list[Snapshot]:
    """Return the snapshots to look through, newest first, and one more if there are more."""
    number = cursor.place[0] if cursor else latest.number
    rows = catalog.snapshots.with_changes().filter(number__lte=number).select_related("catalog")
    if query.since is not None:
        rows = rows.filter(taken_at__gte=query.since)
    if query.until is not None:
        rows = rows.filter(taken_at__lt=query.until)
    if query.id is not None:
        rows = rows.filter(number__in=_numbers_of(catalog, query.id))
    return list(rows.newest_first()[: MOST_SNAPSHOTS + 1])


def _numbers_of(catalog: Catalog, item_id: str) -> set[int]:
    rows = catalog.listings.filter(item_id=item_id).values_list("first", "ended")
    return {number for pair in rows for number in pair if number is not None}


def _found(
    query: ChangesQuery, catalog: Catalog, snapshots: Sequence[Snapshot], cursor: Cursor | None
) -> Iterator[Found]:
    """Yield what matches, in the order of snapshots and ids."""
    kind = spec_of(catalog)
    for batch in _batches(snapshots, query.limit):
        for snapshot, change in _changes_of(batch, cursor):
            if not _is_passed(cursor, snapshot, change) and _matches(query, kind, change):
                yield Found(snapshot, change)


def _changes_of(
    batch: Sequence[Snapshot], cursor: Cursor | None
) -> Iterator[tuple[Snapshot, Change]]:
    """A snapshot of very many changes is read in parts, from where the cursor is."""
    (first, *others) = batch
    if not others and first.change_count > MANY:
        after = str(cursor.place[1]) if cursor and cursor.place[0] == first.number else ""
        while part := history.changes_after(first, after, MANY):
            yield from ((first, change) for change in part)
            after = part[-1].item_id
        return
    changes = history.changes_of(batch)
    for snapshot in batch:
        yield from ((snapshot, change) for change in changes[snapshot.pk])


def _batches(snapshots: Sequence[Snapshot], enough: int) -> Iterator[list[Snapshot]]:
    """Yield snapshots together until they fill a page; a very large one comes alone."""
    batch: list[Snapshot] = []
    changes = 0
    for snapshot in snapshots:
        if batch and (changes > enough or snapshot.change_count > MANY):
            yield batch
            batch, changes = [], 0
        batch.append(snapshot)
        changes += snapshot.change_count
    if batch:
        yield batch


def _is_passed(cursor: Cursor | None, snapshot: Snapshot, change: Change) -> bool:
    if cursor is None:
        return False
    number, item_id = cursor.place
    return snapshot.number == number and change.item_id <= str(item_id)


def _matches(query: ChangesQuery, kind: CatalogKind, change: Change) -> bool:
    if query.change is not None and change.kind.value != query.change:
        return False
    if query.id is not None and change.item_id != query.id:
        return False
    if query.type is None:
        return True
    position = kind.by_name["type"].position
    return any(record[position] == query.type for record in (*change.before, *change.after))
