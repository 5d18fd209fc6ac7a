"""The star beside an id on every list: pinned or not, and the pins that it has."""

from collections.abc import Iterator
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.alerts.models import Pin
from xdportal.catalog import slots
from xdportal.catalog.addresses import id_part
from xdportal.catalog.models import Catalog
from xdportal.catalog.slots import Slot

TEMPLATE = "alerts/_star.html"


class Star(NamedTuple):
    """What is shown beside one id. Without an address it can't be changed by this viewer."""

    item_id: str
    url: str
    pins: list[Pin]


def of_list(request: HttpRequest, catalog: Catalog) -> slots.Of:
    """Return the stars of a list. One query, whatever the number of rows."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    may_pin = allows(catalog, Right.WORK)
    pins: dict[str, list[Pin]] = {}
    for pin in _pins(viewer, catalog):
        pins.setdefault(pin.item_id, []).append(pin)

    def of(item_id: str) -> Star | None:
        own = pins.get(item_id, [])
        if not own and not may_pin:
            return None
        return Star(item_id, toggle_url(catalog, item_id) if may_pin else "", own)

    return of


def star_of(catalog: Catalog, item_id: str, viewer: Viewer) -> Star:
    own = [pin for pin in _pins(viewer, catalog) if pin.item_id == item_id]
    return Star(item_id, toggle_url(catalog, item_id), own)


def toggle_url(catalog: Catalog, item_id: str) -> str:
    return reverse("pin-star", args=[catalog.slug, catalog.kind, id_part(item_id)])


def register() -> None:
    slots.add(Slot(TEMPLATE, of_list))


def _pins(viewer: Viewer, catalog: Catalog) -> Iterator[Pin]:
    rows = Pin.objects.visible_to(viewer).filter(catalog=catalog)
    yield from rows.only("uuid", "name", "item_id")
