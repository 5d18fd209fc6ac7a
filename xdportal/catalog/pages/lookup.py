"""What the portal knows of image ids that somebody met elsewhere, in all catalogs that they may see."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from xdportal.accounts.access import Viewer
from xdportal.catalog.models import Catalog, ImageListing, Snapshot

MOST_INSTEAD = 5


@dataclass(slots=True)
class Known:
    """One id in one catalog."""

    catalog: Catalog
    item_id: str
    listings: list[ImageListing]  # what is listed now, or was last
    gone: Snapshot | None = None  # the first snapshot without it; None while it is listed
    instead: list[ImageListing] = field(default_factory=list)  # listed now, of the same system and type

    @property
    def types(self) -> list[str]:
        return sorted({listing.type for listing in self.listings})


def known_images(viewer: Viewer, image_ids: Collection[str]) -> list[Known]:
    """In the order of the ids. Four queries at most, none without ids."""
    if not image_ids:
        return []
    images = Catalog.objects.visible_to(viewer).filter(kind=Catalog.Kind.IMAGES)
    catalogs = {catalog.pk: catalog for catalog in images.select_related("connection")}
    families: dict[tuple[str, int], list[ImageListing]] = {}
    rows = ImageListing.objects.filter(catalog__in=catalogs, item_id__in=image_ids)
    for row in rows.order_by("catalog_id", "pk"):
        families.setdefault((row.item_id, row.catalog_id), []).append(row)
    found = [
        Known(catalogs[catalog_id], image_id, _last(families[image_id, catalog_id]))
        for image_id in image_ids
        for catalog_id in catalogs
        if (image_id, catalog_id) in families
    ]
    _tell_of_the_gone([known for known in found if known.listings[0].ended is not None])
    return found


def _last(family: list[ImageListing]) -> list[ImageListing]:
    open_rows = [row for row in family if row.ended is None]
    end = max(row.ended or 0 for row in family)
    return open_rows or [row for row in family if row.ended == end]


def _tell_of_the_gone(gone: list[Known]) -> None:
    if not gone:
        return
    went = _any_of(Q(catalog=known.catalog, number=known.listings[0].ended) for known in gone)
    snapshots = {(snapshot.catalog_id, snapshot.number): snapshot for snapshot in Snapshot.objects.filter(went)}
    alike = _any_of(Q(catalog=k.catalog, name=row.name, type=row.type) for k in gone for row in k.listings)
    listed = list(ImageListing.objects.filter(alike, ended=None).order_by("-first", "-pk")[:1000])
    for known in gone:
        known.gone = snapshots[known.catalog.pk, known.listings[0].ended or 0]
        wanted = {(known.catalog.pk, row.name, row.type) for row in known.listings}
        known.instead = [row for row in listed if (row.catalog_id, row.name, row.type) in wanted][:MOST_INSTEAD]


def _any_of(conditions: Iterable[Q]) -> Q:
    whole = Q(pk__in=[])
    for condition in conditions:
        whole |= condition
    return whole
