"""GET /connections/{slug}/pairs: images with the packages that fit."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xdportal.api import cursors, groups, meta, problems
from xdportal.api.cursors import Cursor
from xdportal.api.endpoints.lists import meta_of_walk
from xdportal.api.operations import READ, Answer, Call, get
from xdportal.api.parameters import Paged, Text, snapshot_at
from xdportal.api.schemas import Pairs
from xdportal.catalog import records
from xdportal.catalog.access import get_catalogs_or_404
from xdportal.catalog.history.walk import Place, Walk, Wanted
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.pairs import Billing, offers
from xdportal.provider.kinds import PackageRecord

FREE = Decimal(10) ** 30  # what has no price comes last
USED = ("images", *(billing.kind for billing in Billing))
EVER = 1  # pairs say nothing of what is new
Side = tuple[Catalog, Snapshot | None]


class PairsQuery(Paged, frozen=True, kw_only=True):
    name: Text | None = None
    version: Text | None = None
    type: Text | None = None


@get(
    "/connections/{slug}/pairs",
    summary=gettext_lazy("Images with the packages that fit"),
    description=gettext_lazy("Of the same type, as the provider requires; cheapest first."),
    group=groups.LISTS,
    scopes=READ,
    query=PairsQuery,
    answer=Pairs,
    problems={404},
)
def list_pairs(call: Call[PairsQuery, None]) -> Answer:
    catalogs = {one.kind: one for one in get_catalogs_or_404(call.viewer, call.path["slug"])}
    used = [catalogs[kind] for kind in USED]
    cursor = cursors.read(call.request, (int, str, int))
    call.depends_on(*meta.versions_of(used, call.at))
    snapshots = _snapshots(call, used, cursor)
    about = {"catalogs": [_meta(call, *side) for side in zip(used, snapshots, strict=True)]}
    images, *packages = snapshots
    if images is None:
        return Answer({"data": [], "meta": about, "next": None})
    walk = Walk(catalogs["images"], images, EVER, Wanted(values=_values(call.query)))
    # `read` has checked the types.
    place = Place(*cursor.place) if cursor else None  # type: ignore[arg-type]
    found = walk.page_after(place, call.query.limit + 1)
    page = found[: call.query.limit]
    following = None
    if len(found) > len(page):
        bounds = [snapshot.number if snapshot else 0 for snapshot in snapshots]
        following = cursors.address(call.request, bounds, Place.of(page[-1]))
    data = _pairs([listing.record for listing in page], list(zip(used[1:], packages, strict=True)))
    return Answer({"data": data, "meta": about, "next": following})


def _snapshots(
    call: Call[PairsQuery, None], used: Sequence[Catalog], cursor: Cursor | None
) -> list[Snapshot | None]:
    """Return the lists that the walk goes through: those of now, or those that it began with."""
    if cursor is None:
        return [catalog.latest_snapshot for catalog in used]
    if len(cursor.bounds) != len(used):
        raise problems.invalid("cursor", _("This cursor is not valid."))
    return [
        snapshot_at(catalog, number, "cursor", call.at) if number else None
        for catalog, number in zip(used, cursor.bounds, strict=True)
    ]


def _meta(call: Call[PairsQuery, None], catalog: Catalog, snapshot: Snapshot | None) -> meta.Meta:
    if snapshot is None:
        return meta.of_catalog(catalog, call.at)
    return meta_of_walk(call, catalog, snapshot)


def _values(query: PairsQuery) -> dict[str, str]:
    asked = {name: getattr(query, name) for name in ("name", "version", "type")}
    return {name: value for name, value in asked.items() if value is not None}


def _pairs(images: list[Any], lists: Sequence[Side]) -> list[records.Record]:
    """Join what each of the two lists of packages offers."""
    types = {image.type for image in images}
    pairs: list[records.Record] = []
    for billing, (catalog, snapshot) in zip(Billing, lists, strict=True):
        packages = sorted(_packages(catalog, snapshot, types), key=_by_price)
        found = [records.pair(offer, billing) for offer in offers(images, packages, billing)]
        pairs = _joined(pairs, found) if pairs else found
    return pairs


def _packages(catalog: Catalog, snapshot: Snapshot | None, types: set[str]) -> list[PackageRecord]:
    if snapshot is None:
        return []
    is_latest = snapshot.number == catalog.latest_number
    rows = catalog.listings.current() if is_latest else catalog.listings.as_of(snapshot.number)
    return [listing.record for listing in rows.filter(type__in=types)]


def _joined(first: list[records.Record], second: list[records.Record]) -> list[records.Record]:
    return [
        {**one, "packages": [*one["packages"], *other["packages"]]}
        for one, other in zip(first, second, strict=True)
    ]


def _by_price(package: PackageRecord) -> tuple[Decimal, str]:
    try:
        return Decimal(package.price), package.id
    except InvalidOperation:
        return FREE, package.id
