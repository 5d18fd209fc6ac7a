"""An image's page: the packages that fit, and what could take its place."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import F

from xdportal.catalog.history import Timeline
from xdportal.catalog.models import AsNumber, Catalog, ImageListing, PackageListing
from xdportal.catalog.pages.life import GRAVE, Verdict
from xdportal.catalog.pages.pairs import allowed
from xdportal.catalog.pairs import Billing
from xdportal.catalog.replacements import MOST, Reason, replacements
from xdportal.provider.kinds import ImageRecord

MOST_PACKAGES = 5
MOST_CANDIDATES = 2000


class Instead(NamedTuple):
    image: ImageRecord
    reason: Reason


class Elsewhere(NamedTuple):
    """What another connection of the team lists instead."""

    catalog: Catalog
    replacement: Instead


def extras(
    catalog: Catalog, timeline: Timeline, verdict: Verdict | None, *, everywhere: bool = False
) -> dict[str, Any]:
    """Return what the page of an image shows beside its life. Five queries at most.

    `everywhere`: replacements are looked for in the team's other connections, too.
    """
    current: Any = timeline.listed[0]
    was = lost_meaning(timeline, verdict)
    others = _other_lists(catalog) if was is not None else []
    packages = fitting_packages(catalog, current.type) if timeline.is_listed else None
    return {
        "image": current,
        "packages": list(packages[:MOST_PACKAGES]) if packages is not None else [],
        "package_count": packages.count() if packages is not None else 0,
        "packages_catalog": _payg(catalog),
        "replacements": replacements_of(catalog, timeline, verdict),
        "is_lost": was is not None,
        "has_others": bool(others),
        "everywhere": everywhere,
        "elsewhere": elsewhere(others, was) if everywhere and was is not None else [],
    }


def fitting_packages(catalog: Catalog, type: str) -> Any:
    """Return the packages by the hour that fit, the cheapest first."""
    listed = PackageListing.objects.filter(
        catalog__connection=catalog.connection_id,
        catalog__kind=Billing.PAYG.kind,
        type=type,
        ended=None,
    )
    cost = F("cost").asc(nulls_last=True)
    return allowed(listed, Billing.PAYG).annotate(cost=AsNumber("price")).order_by(cost, "item_id")


def replacements_of(catalog: Catalog, timeline: Timeline, verdict: Verdict | None) -> list[Instead]:
    """Return what could take the place of what the id meant; none while it means the same."""
    was = lost_meaning(timeline, verdict)
    if was is None:
        return []
    listed = catalog.listings.current().filter(name__iexact=was.name)
    candidates = [row.record for row in listed.order_by("pk")[:MOST_CANDIDATES]]
    return _nearest(was, candidates)


def elsewhere(others: Sequence[Catalog], was: ImageRecord) -> list[Elsewhere]:
    """Return what other lists hold of the same system, the nearest first. One query."""
    by_list: dict[int, list[ImageRecord]] = {catalog.pk: [] for catalog in others}
    listed = ImageListing.objects.filter(catalog__in=by_list, ended=None, name__iexact=was.name)
    for row in listed.order_by("pk")[:MOST_CANDIDATES]:
        by_list[row.catalog_id].append(row.record)
    anywhere = was._replace(id="")  # there the same id may stand for the same
    found = []
    for catalog in others:
        near = _nearest(anywhere, by_list[catalog.pk])
        found += [Elsewhere(catalog, replacement) for replacement in near]
    return sorted(found, key=_distance)[:MOST]


def _nearest(was: ImageRecord, records: Sequence[ImageRecord]) -> list[Instead]:
    images = {record.id: record for record in records}
    listed = [(record.id, record._asdict()) for record in records]
    found = replacements(was._asdict(), was.id, listed, may_need_another_package=True)
    return [Instead(images[one.item_id], one.reason) for one in found]


def _distance(one: Elsewhere) -> int:
    return list(Reason).index(one.replacement.reason)


def _other_lists(catalog: Catalog) -> list[Catalog]:
    lists = Catalog.objects.enabled().filter(
        connection__team=catalog.connection.team_id, kind=catalog.kind
    )
    others = lists.exclude(pk=catalog.pk).select_related("connection")
    return list(others.order_by("connection__name", "pk"))


def lost_meaning(timeline: Timeline, verdict: Verdict | None) -> ImageRecord | None:
    """Return what the id meant until lately; None while it means the same."""
    listed: Any = timeline.listed[0]
    if not timeline.is_listed:
        record: ImageRecord = listed.record
        return record
    if verdict is None or verdict.grade not in GRAVE:
        return None
    for moment in timeline.moments:
        if moment.snapshot.taken_at == verdict.at and moment.change.before:
            before: Any = moment.change.before[0]
            return ImageRecord(*before)
    return None


def _payg(catalog: Catalog) -> Catalog | None:
    lists = Catalog.objects.select_related("connection")
    return lists.filter(connection=catalog.connection_id, kind=Billing.PAYG.kind).first()
