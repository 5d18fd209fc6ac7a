from django.db.models import QuerySet
from django.http import Http404

from xdportal.accounts.access import Right, Viewer, permitted
from xdportal.accounts.composed import ComposedForViewer
from xdportal.catalog.models import Catalog
from xdportal.lib import logs

# What the status line of a list needs.
SHOWN = (
    *("connection__team", "connection__owner"),
    *("latest_snapshot", "latest_check", "quarantined__first_check"),
)


def get_catalog_or_404(
    viewer: Viewer, slug: str, kind: str = Catalog.Kind.IMAGES, right: Right = Right.LOOK
) -> Catalog:
    """Return a connection's list with what its status line shows. One query."""
    found = OF_ONE_KIND.rows(viewer, slug=slug, kind=kind)
    catalog = permitted(next(iter(found), None), right)
    logs.note(connection=catalog.slug)
    return catalog


def _of_one_kind(viewer: Viewer, slug: str, kind: str) -> QuerySet[Catalog]:
    catalogs = Catalog.objects.select_related(*SHOWN).visible_to(viewer)
    return catalogs.filter(connection__slug=slug, kind=kind)


OF_ONE_KIND = ComposedForViewer(_of_one_kind)


def get_catalogs_or_404(viewer: Viewer, slug: str) -> list[Catalog]:
    """Return all lists of a connection with what their state needs. One query."""
    catalogs = Catalog.objects.select_related(*SHOWN)
    found = list(catalogs.visible_to(viewer).filter(connection__slug=slug))
    if not found:
        raise Http404
    logs.note(connection=slug)
    return found
