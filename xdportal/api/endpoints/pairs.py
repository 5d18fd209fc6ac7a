"""GET /connections/{slug}/pairs: images with the packages that fit."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy

from xdportal.api import cursors, groups, meta
from xdportal.api.operations import READ, Answer, Call, get
from xdportal.api.parameters import Paged, Text, bounds_of
from xdportal.api.schemas import Pairs
from xdportal.catalog import history, records
from xdportal.catalog.access import get_catalogs_or_404
from xdportal.catalog.history.walk import Place, Walk, Wanted
from xdportal.catalog.models import Catalog
from xdportal.catalog.pairs import Billing, offers
from xdportal.provider.kinds import PackageRecord

FREE = Decimal(10) ** 30  # what has no price comes last


class PairsQuery(Paged, frozen=True, kw_only=True):
    name: Text | None = None
    version: Text | None = None
    type: Text | None = None


@get(
    "/connections/{slug}/pairs",
    summary=gettext_lazy("Images with the packages that fit"),
    description=gettext_lazy("Of the same type, as the provider demands; the cheapest first."),
    group=groups.LISTS,
    scopes=READ,
    query=PairsQuery,
    answer=Pairs,
    problems={404},
)
def list_pairs(call: Call[PairsQuery, None]) -> Answer:
    catalogs = {one.kind: one for one in get_catalogs_or_404(call.viewer, call.path["slug"])}
    used = [catalogs["images"], *(catalogs[billing.kind] for billing in Billing)]
    cursor = cursors.read(call.request, (int, str, int))
    call.depends_on(*meta.versions_of(used, call.at))
    about = {"catalogs": [meta.of_catalog(catalog, call.at) for catalog in used]}
    walk = _walk(call, catalogs["images"], cursor)
    if walk is None:
        return Answer({"data": [], "meta": about, "next": None})
    place = Place(*cursor.place) if cursor else None  # type: ignore[arg-type]
    found = walk.page_after(place, call.query.limit + 1)
    page = found[: call.query.limit]
    following = None
    if len(found) > len(page):
        bounds = (walk.snapshot.number, walk.recent)
        following = cursors.address(call.request, bounds, Place.of(page[-1]))
    data = _pairs([listing.record for listing in page], catalogs)
    return Answer({"data": data, "meta": about, "next": following})


def _walk(
    call: Call[PairsQuery, None], images: Catalog, cursor: cursors.Cursor | None
) -> Walk | None:
    asked = {name: getattr(call.query, name) for name in ("name", "version", "type")}
    values = {name: value for name, value in asked.items() if value is not None}
    if cursor is not None:
        number, recent = bounds_of(cursor)
        snapshot = images.snapshots.filter(number=number).first()
        return Walk(images, snapshot, recent, Wanted(values=values)) if snapshot else None
    if images.latest_snapshot is None:
        return None
    recent = history.recent_start(images, call.at)
    return Walk(images, images.latest_snapshot, recent, Wanted(values=values))


def _pairs(images: list[Any], catalogs: dict[str, Catalog]) -> list[records.Record]:
    """Join what each of the two lists of packages offers."""
    types = {image.type for image in images}
    pairs: list[records.Record] = []
    for billing in Billing:
        listed = catalogs[billing.kind].listings.current().filter(type__in=types)
        packages = sorted((listing.record for listing in listed), key=_by_price)
        found = [records.pair(offer, billing) for offer in offers(images, packages, billing)]
        pairs = _joined(pairs, found) if pairs else found
    return pairs


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
