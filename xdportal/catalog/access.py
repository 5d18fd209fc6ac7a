from xdportal.accounts.access import Right, Viewer, get_or_404
from xdportal.catalog.models import Catalog
from xdportal.lib import logs


def get_catalog_or_404(viewer: Viewer, slug: str, right: Right = Right.LOOK) -> Catalog:
    """The image catalog of a connection, with all that its status line shows. One query."""
    catalogs = Catalog.objects.select_related("connection__team", "latest_snapshot", "latest_check", "held")
    catalog = get_or_404(catalogs, viewer, right, connection__slug=slug, kind=Catalog.Kind.IMAGES)
    logs.note(connection=catalog.slug)
    return catalog
