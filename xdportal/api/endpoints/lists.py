"""The lists: what is listed now, or was at any time."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.api import cursors, groups, meta, problems
from xdportal.api.cursors import Cursor
from xdportal.api.operations import READ, Answer, Call, get
from xdportal.api.parameters import (
    Paged,
    Text,
    Version,
    bounds_of,
    catalog_of,
    snapshot_at,
)
from xdportal.api.schemas import Items
from xdportal.catalog import history, records
from xdportal.catalog.history.walk import Place, Walk, Wanted, recent_start_of, sorts_of
from xdportal.catalog.kinds import CatalogKind, spec_of
from xdportal.catalog.models import Catalog, Listing, Snapshot

MOST_WORDS = 8  # each is a scan of the list
ASKED_AS = {"state": "status"}  # parameter → field, where they differ


class ItemsQuery(Paged, frozen=True, kw_only=True):
    """The parameters that a kind of list has no field for are refused."""

    q: Annotated[
        str,
        Meta(
            max_length=200,
            description=gettext_noop("Words contained in the ID, name, version and so on."),
        ),
    ] = ""
    type: Text | None = None
    name: Text | None = None
    version: Text | None = None
    gpu: Text | None = None
    area: Text | None = None
    machine_type: Text | None = None
    os: Text | None = None
    data_center: Text | None = None
    state: Annotated[
        Text | None, Meta(description=gettext_noop("The provider's status of a personal image."))
    ] = None
    status: Annotated[
        Literal["available", "new", "changed", "withdrawn"],
        Meta(description=gettext_noop("`available`: everything that is listed.")),
    ] = "available"
    as_of: Version | None = None
    sort: Annotated[
        str,
        Meta(
            max_length=40,
            description=gettext_noop("A field, `first_seen` or `last_change`; `-` reverses."),
        ),
    ] = "id"


@get(
    "/connections/{slug}/{kind}",
    summary=gettext_lazy("One list, now or as of any time"),
    group=groups.LISTS,
    scopes=READ,
    query=ItemsQuery,
    answer=Items,
    problems={404},
)
def list_items(call: Call[ItemsQuery, None]) -> Answer:
    catalog = catalog_of(call)
    wanted = _wanted(call.query, spec_of(catalog))
    places = (int, str, int) if wanted.is_by_id else (int,)
    cursor = cursors.read(call.request, places)
    walk = _walk(call, catalog, wanted, cursor)
    if walk is None:
        return Answer({"data": [], "meta": meta.of_catalog(catalog, call.at), "next": None})
    rows = _rows(walk, cursor, call.query.limit + 1)
    page = rows[: call.query.limit]
    following = None
    if len(rows) > len(page):
        bounds = (walk.snapshot.number, walk.recent)
        following = cursors.address(call.request, bounds, _place(walk, page, cursor))
    document = {"data": items_of(walk, page), "meta": _meta(call, walk, catalog), "next": following}
    return Answer(document)


def items_of(walk: Walk, listings: Sequence[Listing]) -> list[records.Record]:
    """Return the records of some rows. One query."""
    kind = spec_of(walk.catalog)
    moments = walk.moments(listings)
    return [
        records.listed_item(
            kind,
            listing.record,
            records.Listed(
                status=walk.status(listing),
                first_seen=moments[listing.first_seen],
                last_change=moments.get(walk.last_change(listing) or 0),
            ),
        )
        for listing in listings
    ]


def _wanted(query: ItemsQuery, kind: CatalogKind) -> Wanted:
    values = {}
    for name in (
        "type",
        "name",
        "version",
        "gpu",
        "area",
        "machine_type",
        "os",
        "data_center",
        "state",
    ):
        value = getattr(query, name)
        if value is None:
            continue
        field = ASKED_AS.get(name, name)
        if field not in kind.by_name:
            raise problems.invalid(name, _("This kind of list has no such field."))
        values[field] = value
    if query.sort.removeprefix("-") not in sorts_of(kind):
        raise problems.invalid(
            "sort", _("Sort by one of: %(names)s.") % {"names": ", ".join(sorts_of(kind))}
        )
    words = dict.fromkeys(query.q.split())
    if len(words) > MOST_WORDS:
        raise problems.invalid("q", _("At most %(number)d words.") % {"number": MOST_WORDS})
    return Wanted(words=tuple(words), values=values, status=query.status, sort=query.sort)


def _walk(
    call: Call[ItemsQuery, None], catalog: Catalog, wanted: Wanted, cursor: Cursor | None
) -> Walk | None:
    """Return the list that this request walks through; None before the first snapshot."""
    query = call.query
    if query.as_of is not None:
        snapshot = snapshot_at(catalog, query.as_of, "as_of", call.at)
        call.depends_on(catalog.pk, snapshot.number)
        return Walk(catalog, snapshot, recent_start_of(catalog, snapshot), wanted)
    if cursor is not None:
        number, recent = bounds_of(cursor)
        snapshot = snapshot_at(catalog, number, "cursor", call.at)
        call.depends_on(*meta.version_of(catalog, call.at), number, recent)
        return Walk(catalog, snapshot, recent, wanted)
    if catalog.latest_snapshot is None:
        return None
    recent = history.recent_start(catalog, call.at)
    call.depends_on(*meta.version_of(catalog, call.at), recent)
    return Walk(catalog, catalog.latest_snapshot, recent, wanted)


def _rows(walk: Walk, cursor: Cursor | None, most: int) -> list[Listing]:
    if walk.wanted.is_by_id:
        # `read` has checked the types.
        return walk.page_after(Place(*cursor.place) if cursor else None, most)  # type: ignore[arg-type]
    return walk.page_from(_start(cursor), most)


def _start(cursor: Cursor | None) -> int:
    start = cursor.place[0] if cursor else 0
    assert isinstance(start, int)  # noqa: S101
    if not 0 <= start < 2**31:
        raise problems.invalid("cursor", _("This cursor is not valid."))
    return start


def _place(walk: Walk, page: Sequence[Listing], cursor: Cursor | None) -> Sequence[Any]:
    return Place.of(page[-1]) if walk.wanted.is_by_id else (_start(cursor) + len(page),)


def _meta(call: Call[ItemsQuery, None], walk: Walk, catalog: Catalog) -> meta.Meta:
    if call.query.as_of is not None:
        return meta.of_snapshot(catalog, walk.snapshot)
    return meta_of_walk(call, catalog, walk.snapshot)


def meta_of_walk(call: Call[Any, Any], catalog: Catalog, snapshot: Snapshot) -> meta.Meta:
    """Return how fresh the list is, and which one the walk goes through."""
    taken_at = records.time(snapshot.taken_at)
    return {
        **meta.of_catalog(catalog, call.at),
        "snapshot": snapshot.number,
        "taken_at": taken_at,
    }
