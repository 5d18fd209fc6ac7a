"""What happened to ids from elsewhere, in every list that the viewer may see."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from xdportal.accounts.access import Viewer
from xdportal.catalog.grades import Grade
from xdportal.catalog.kinds import CatalogKind, spec_of
from xdportal.catalog.models import Catalog, ImageListing, Listing, PackageListing, Snapshot
from xdportal.catalog.models.listing import Listings

Wanted = Mapping[type[Listing], Collection[str]]
GRADES = {"type": Grade.TYPE, "version": Grade.VERSION}  # by the field that changed


@dataclass(frozen=True, slots=True)
class Fate:
    """One id in one list: what it means, or last meant, and the last thing that happened to it."""

    catalog: Catalog
    now: Listing
    before: Listing | None  # what it meant before; None if it always meant the same
    grade: Grade
    at: datetime  # when that happened; when it was first listed, if nothing did
    number: int  # of the snapshot with which it happened
    others: int = 0  # how many more lists say the same

    @property
    def item_id(self) -> str:
        return self.now.item_id

    @property
    def kind(self) -> CatalogKind:
        return spec_of(self.catalog)

    @property
    def is_image(self) -> bool:
        return self.catalog.kind == Catalog.Kind.IMAGES

    @property
    def is_listed(self) -> bool:
        return self.now.ended is None

    @property
    def old_since(self) -> datetime | None:
        """Return when its list was last read, if nothing newer can be known; None if it is
        fresh.
        """
        is_fresh = self.catalog.enabled and not self.catalog.is_stale(timezone.now())
        return None if is_fresh else self.catalog.trusted_at

    @property
    def connection_id(self) -> int:
        return self.catalog.connection_id


def fates(viewer: Viewer, image_ids: Collection[str], package_ids: Collection[str]) -> list[Fate]:
    """Return what became of the ids, in their order; equal answers of several lists are one.

    Four queries, fewer where there are no ids.
    """
    if not image_ids and not package_ids:
        return []
    catalogs = Catalog.objects.visible_to(viewer).select_related("connection")
    wanted = {ImageListing: image_ids, PackageListing: package_ids}
    return _without_repetition(fates_in(catalogs, wanted))


def fates_in(catalogs: Iterable[Catalog], wanted: Wanted) -> list[Fate]:
    """Return what became of ids in each of these lists that ever had them, in their order.

    One query a table, and one for the times.
    """
    by_key = {catalog.pk: catalog for catalog in catalogs}
    rows: list[Listing] = []
    for model, item_ids in wanted.items():
        rows += _rows(model, item_ids, by_key)
    for row in rows:
        row.catalog = by_key[row.catalog_id]  # known already: no query
    families = _families(rows)
    times = _times(families)
    found = [_fate(by_key[family[0].catalog_id], family, times) for family in families]
    order = _order(wanted)
    found.sort(key=lambda fate: order[fate.item_id])
    return found


def _order(wanted: Wanted) -> dict[str, int]:
    order: dict[str, int] = {}
    for item_ids in wanted.values():
        for item_id in item_ids:
            order.setdefault(item_id, len(order))
    return order


def _rows(model: type[Listing], item_ids: Collection[str], catalogs: Collection[int]) -> Listings:
    if not item_ids:
        return model.objects.none()
    rows = model.objects.filter(catalog__in=catalogs, item_id__in=item_ids)
    return rows.order_by("catalog_id", "first", "pk")


def _families(rows: Iterable[Listing]) -> list[list[Listing]]:
    """Group listings by list and id, oldest first."""
    families: dict[tuple[int, str], list[Listing]] = defaultdict(list)
    for row in rows:
        families[row.catalog_id, row.item_id].append(row)
    return list(families.values())


def _times(families: Iterable[Sequence[Listing]]) -> dict[tuple[int, int], datetime]:
    """Return when the snapshots were taken with which something happened. One query."""
    numbers: dict[int, set[int]] = defaultdict(set)
    for family in families:
        for row in family:
            numbers[row.catalog_id] |= {number for number in (row.first, row.ended) if number}
    wanted = Q(pk__in=[])
    for catalog_id, of_catalog in numbers.items():
        wanted |= Q(catalog=catalog_id, number__in=of_catalog)
    values = Snapshot.objects.filter(wanted).values_list("catalog_id", "number", "taken_at")
    return {(catalog_id, number): at for catalog_id, number, at in values}


def _fate(
    catalog: Catalog, family: Sequence[Listing], times: dict[tuple[int, int], datetime]
) -> Fate:
    now = _last(family)
    before = _meant_before(family, now)
    number = _number(family, now, before)
    grade = _grade(family, now, before)
    return Fate(catalog, now, before, grade, times[catalog.pk, number], number)


def _last(family: Sequence[Listing]) -> Listing:
    """Return what is listed now, or was last."""
    for row in reversed(family):
        if row.ended is None:
            return row
    return max(family, key=lambda row: row.ended or 0)


def _meant_before(family: Sequence[Listing], now: Listing) -> Listing | None:
    """Return the latest earlier listing of another meaning."""
    meaning = _meaning(now)
    for row in reversed(family):
        if row.first < now.first and _meaning(row) != meaning:
            return row
    return None


def _meaning(listing: Listing) -> tuple[str, ...]:
    spec = spec_of(listing.catalog)
    return tuple(listing.record[field.position] for field in spec.meaning)


def _number(family: Sequence[Listing], now: Listing, before: Listing | None) -> int:
    if now.ended is not None:
        return now.ended
    if before is None:
        return family[0].first
    since = [row.first for row in family if row.first >= (before.ended or 0)]
    return min(since, default=now.first)


def _grade(family: Sequence[Listing], now: Listing, before: Listing | None) -> Grade:
    if now.ended is not None:
        return Grade.WITHDRAWN
    if len([row for row in family if row.ended is None]) > 1:
        return Grade.AMBIGUOUS
    if before is None:
        return Grade.FINE
    for field in spec_of(now.catalog).meaning:
        if before.record[field.position] != now.record[field.position]:
            otherwise = Grade.SYSTEM if isinstance(now, ImageListing) else Grade.HARDWARE
            return GRADES.get(field.name, otherwise)
    return Grade.FINE


def _without_repetition(found: Iterable[Fate]) -> list[Fate]:
    """Keep the first of equal answers, and count the others."""
    same: dict[tuple[object, ...], list[Fate]] = defaultdict(list)
    for fate in found:
        before = _meaning(fate.before) if fate.before else None
        key = (fate.is_image, fate.item_id, _meaning(fate.now), before, fate.grade)
        same[key].append(fate)
    firsts = []
    for group in same.values():
        first = group[0]
        firsts.append(replace(first, others=len(group) - 1))
    return firsts
