"""Snapshots of a list, and two of them side by side."""

from typing import Annotated

from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.api import cursors, groups, meta
from xdportal.api.operations import READ, Answer, Call, NoQuery, get
from xdportal.api.parameters import Paged, Version, catalog_of, snapshot_at, version_in_path
from xdportal.api.schemas import ManyOfCatalog, OneOfCatalog, Snapshot, SnapshotComparison
from xdportal.catalog import history, records
from xdportal.catalog.kinds import spec_of


class ComparisonQuery(Paged, frozen=True, kw_only=True, rename={"from_": "from"}):
    from_: Version
    to: Annotated[
        Version | None,
        Meta(description=gettext_noop("Default: the latest.")),
    ] = None


@get(
    "/connections/{slug}/{kind}/snapshots",
    summary=gettext_lazy("The snapshots of a list, newest first"),
    group=groups.LISTS,
    scopes=READ,
    query=Paged,
    answer=ManyOfCatalog[Snapshot],
    problems={404},
)
def list_snapshots(call: Call[Paged, None]) -> Answer:
    catalog = catalog_of(call)
    cursor = cursors.read(call.request, (int,))
    confirmed = catalog.latest_snapshot.confirmed_at if catalog.latest_snapshot else None
    call.depends_on(*meta.version_of(catalog, call.at), confirmed)
    below = cursor.place[0] if cursor else catalog.latest_number + 1
    rows = catalog.snapshots.filter(number__lt=below).newest_first()
    found = list(rows[: call.query.limit + 1])
    page = found[: call.query.limit]
    following = None
    if len(found) > len(page):
        following = cursors.address(call.request, (), (page[-1].number,))
    data = [records.snapshot(snapshot) for snapshot in page]
    return Answer({"data": data, "meta": meta.of_catalog(catalog, call.at), "next": following})


@get(
    "/connections/{slug}/{kind}/snapshots/{n}",
    summary=gettext_lazy("One snapshot, by its number or a time"),
    group=groups.LISTS,
    scopes=READ,
    answer=OneOfCatalog[Snapshot],
    problems={404},
)
def get_snapshot(call: Call[NoQuery, None]) -> Answer:
    catalog = catalog_of(call)
    snapshot = snapshot_at(catalog, version_in_path(call.path["n"]), "n", call.at)
    call.depends_on(catalog.pk, snapshot.number, snapshot.confirmed_at)
    return Answer({"data": records.snapshot(snapshot), "meta": meta.of_snapshot(catalog, snapshot)})


@get(
    "/connections/{slug}/{kind}/compare",
    summary=gettext_lazy("Compare two times of one list"),
    group=groups.LISTS,
    scopes=READ,
    query=ComparisonQuery,
    answer=SnapshotComparison,
    problems={404},
)
def compare_snapshots(call: Call[ComparisonQuery, None]) -> Answer:
    catalog = catalog_of(call)
    cursor = cursors.read(call.request, (str,))
    older = snapshot_at(catalog, call.query.from_, "from", call.at)
    newest = cursor.bounds[0] if cursor and cursor.bounds else catalog.latest_number
    newer = snapshot_at(catalog, call.query.to or newest, "to", call.at)
    call.depends_on(*meta.version_of(catalog, call.at), older.number, newer.number)
    changes = history.difference(catalog, older.number, newer.number)
    after = cursor.place[0] if cursor else ""
    rest = [change for change in changes if change.item_id > str(after)]
    page = rest[: call.query.limit]
    following = None
    if len(rest) > len(page):
        following = cursors.address(call.request, (newer.number,), (page[-1].item_id,))
    kind = spec_of(catalog)
    return Answer(
        {
            "data": [records.change(kind, change) for change in page],
            "meta": {
                **meta.of_catalog(catalog, call.at),
                "from_snapshot": older.number,
                "to_snapshot": newer.number,
            },
            "next": following,
        }
    )
