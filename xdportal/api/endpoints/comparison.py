"""Two lists of different connections side by side, each at a time."""

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.api import groups, meta, problems
from xdportal.api.operations import READ, Answer, Call, Query, get
from xdportal.api.parameters import Needed, Version, catalog_named, snapshot_at
from xdportal.api.problems import Problem
from xdportal.api.schemas import CatalogComparison, Compared, KindName
from xdportal.catalog import history, records, side_by_side
from xdportal.catalog.kinds import CatalogKind, spec_of
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.side_by_side import Pair, SideBySide
from xdportal.provider.records import Record

Match = Literal["id", "meaning"]


class SidesQuery(Query, frozen=True, kw_only=True):
    left: Annotated[Needed, Meta(description=gettext_noop("The slug of a connection."))]
    right: Annotated[Needed, Meta(description=gettext_noop("The slug of a connection."))]
    kind: KindName = "images"
    left_at: Version | None = None
    right_at: Version | None = None
    match: Annotated[
        Match | None,
        Meta(description=gettext_noop("Default: `meaning` between environments, `id` within one.")),
    ] = None


class Side(NamedTuple):
    """One of the two lists. `version` is None for the present one."""

    catalog: Catalog
    snapshot: Snapshot
    is_past: bool

    def meta(self, call: Call[SidesQuery, None]) -> meta.Meta:
        if self.is_past:
            return meta.of_snapshot(self.catalog, self.snapshot)
        return meta.of_catalog(self.catalog, call.at)

    def version(self, call: Call[SidesQuery, None]) -> tuple[object, ...]:
        present = () if self.is_past else meta.version_of(self.catalog, call.at)
        return self.catalog.pk, self.snapshot.number, present

    def records(self) -> list[Record]:
        kind = spec_of(self.catalog).provider
        lines = history.lines_as_of(self.catalog, self.snapshot.number)
        return [kind.record_of(line) for line in lines]


@get(
    "/compare",
    summary=gettext_lazy("Two connections side by side"),
    group=groups.LISTS,
    scopes=READ,
    query=SidesQuery,
    answer=Compared[CatalogComparison],
    problems={404},
)
def compare_connections(call: Call[SidesQuery, None]) -> Answer:
    query = call.query
    left = _side(call, query.left, query.left_at, "left_at")
    right = _side(call, query.right, query.right_at, "right_at")
    match = query.match or _default_match(left, right)
    call.depends_on(left.version(call), right.version(call))
    kind = spec_of(left.catalog)
    compare = side_by_side.by_id if match == "id" else side_by_side.by_meaning
    found = compare(kind, left.records(), right.records())
    about = {"match": match, "left": left.meta(call), "right": right.meta(call)}
    return Answer({"data": _record(kind, found), "meta": about})


def _side(
    call: Call[SidesQuery, None], slug: str, version: int | datetime | None, name: str
) -> Side:
    catalog = catalog_named(call.viewer, slug, call.query.kind)
    if version is not None:
        snapshot = snapshot_at(catalog, version, name, call.at)
        return Side(catalog, snapshot, is_past=True)
    if catalog.latest_snapshot is None:
        raise Problem(
            problems.NOT_FOUND, _("%(slug)s has no list of this kind yet.") % {"slug": slug}
        )
    return Side(catalog, catalog.latest_snapshot, is_past=False)


def _default_match(left: Side, right: Side) -> Match:
    environments = {side.catalog.connection.environment for side in (left, right)}
    return "id" if len(environments) == 1 else "meaning"


def _record(kind: CatalogKind, found: SideBySide) -> records.Record:
    return {
        "only_left": [records.item(kind, record) for record in found.only_left],
        "only_right": [records.item(kind, record) for record in found.only_right],
        "differs": [_pair(kind, pair) for pair in found.differs],
        "same_id_other_meaning": [_pair(kind, pair) for pair in found.same_id_other_meaning],
        "same": found.same,
    }


def _pair(kind: CatalogKind, pair: Pair) -> records.Record:
    left = records.item(kind, pair.left)
    right = records.item(kind, pair.right)
    fields = [
        {"name": name, "left": left[name], "right": right[name]}
        for name in left
        if left[name] != right[name]
    ]
    return {"left": left, "right": right, "fields": fields}
