"""What upper rooms add beside an id on the pages of lists, such as the star that pins it.

A room registers its slot in `AppConfig.ready`; the lists know only this registry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from xdportal.catalog.models import Catalog

Of = Callable[[str], object | None]  # the data of one id, or None: nothing is added


@dataclass(frozen=True, slots=True)
class Slot:
    """A template with its data. `of_list` is called once a list and request."""

    template: str
    of_list: Callable[[HttpRequest, Catalog], Of]


_slots: list[Slot] = []


def add(slot: Slot) -> None:
    _slots.append(slot)


def filled(request: HttpRequest, catalog: Catalog, item_id: str) -> list[tuple[str, object]]:
    """Return templates with their data, for one id of a list."""
    found = []
    for slot in _slots:
        data = _of_list(request, slot, catalog)(item_id)
        if data is not None:
            found.append((slot.template, data))
    return found


def _of_list(request: HttpRequest, slot: Slot, catalog: Catalog) -> Of:
    known: dict[Any, Of] = request.__dict__.setdefault("_slots", {})
    key = (slot.template, catalog.pk)
    if key not in known:
        known[key] = slot.of_list(request, catalog)
    return known[key]
