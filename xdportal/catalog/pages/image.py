"""An image's page: the packages that fit, and what could take its place."""

from typing import Any

from django.db.models import F

from xdportal.catalog.history import Timeline
from xdportal.catalog.models import AsNumber, Catalog, PackageListing
from xdportal.catalog.pages.life import GRAVE, Verdict
from xdportal.catalog.pages.pairs import allowed
from xdportal.catalog.pairs import Billing
from xdportal.catalog.replacements import Replacement, replacements
from xdportal.provider.kinds import ImageRecord

MOST_PACKAGES = 5
MOST_CANDIDATES = 2000


def extras(catalog: Catalog, timeline: Timeline, verdict: Verdict | None) -> dict[str, Any]:
    """Return what the page of an image shows beside its life. Three queries at most."""
    current: Any = timeline.listed[0]
    packages = fitting_packages(catalog, current.type) if timeline.is_listed else None
    return {
        "image": current,
        "packages": list(packages[:MOST_PACKAGES]) if packages is not None else [],
        "package_count": packages.count() if packages is not None else 0,
        "packages_catalog": _payg(catalog),
        "replacements": replacements_of(catalog, timeline, verdict),
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


def replacements_of(
    catalog: Catalog, timeline: Timeline, verdict: Verdict | None
) -> list[Replacement]:
    """Return what could take the place of what the id meant; none while it means the same."""
    was = _lost_meaning(timeline, verdict)
    if was is None:
        return []
    listed = catalog.listings.current().filter(name__iexact=was.name)
    candidates = [row.record for row in listed.order_by("pk")[:MOST_CANDIDATES]]
    return replacements(was, candidates)


def _lost_meaning(timeline: Timeline, verdict: Verdict | None) -> ImageRecord | None:
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
