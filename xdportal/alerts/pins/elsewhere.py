"""Where else in its team an id is listed that its own catalog never listed."""

from collections.abc import Iterable
from typing import NamedTuple

from xdportal.catalog.models import LISTINGS, Catalog
from xdportal.connections.models import Connection


class Missing(NamedTuple):
    team_id: int
    kind: str
    item_id: str


def listed_elsewhere(missing: Iterable[Missing]) -> dict[Missing, Connection]:
    """Return a connection of the same team for what one lists now, in a list of the same kind.

    Without anything missing no query; otherwise one a kind of list, and one for the catalogs.
    """
    wanted = set(missing)
    if not wanted:
        return {}
    teams = {one.team_id for one in wanted}
    catalogs = Catalog.objects.select_related("connection").filter(connection__team__in=teams)
    by_key = {catalog.pk: catalog for catalog in catalogs.order_by("-pk")}
    found: dict[Missing, Connection] = {}
    for kind in sorted({one.kind for one in wanted}):
        of_kind = [key for key, catalog in by_key.items() if catalog.kind == kind]
        ids = {one.item_id for one in wanted if one.kind == kind}
        listed = LISTINGS[kind].objects.current().filter(catalog__in=of_kind, item_id__in=ids)
        for catalog_id, item_id in listed.values_list("catalog_id", "item_id"):
            connection = by_key[catalog_id].connection
            place = Missing(connection.team_id, kind, item_id)
            if place in wanted:
                found[place] = connection
    return found
