"""What upper rooms add beside an id on the pages of lists, such as the star that pins it.

A room registers its slot in `AppConfig.ready`; the lists know only this registry. A slot draws
from Python, not from a template: it is called for every row of a list.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from xdportal.catalog.models import Catalog

Drawn = Callable[[str], SafeString]  # what is shown beside one id; empty: nothing
Slot = Callable[[HttpRequest, Catalog], Drawn]  # called once a list and request

_slots: list[Slot] = []


def add(slot: Slot) -> None:
    _slots.append(slot)


def beside_ids(request: HttpRequest, catalog: Catalog) -> Drawn:
    """Return what draws everything beside an id of the list."""
    known: dict[Any, Drawn] = request.__dict__.setdefault("_slots", {})
    if catalog.pk not in known:
        drawings = [slot(request, catalog) for slot in _slots]
        known[catalog.pk] = lambda item_id: format_html_join(
            "", "{}", [(drawn(item_id),) for drawn in drawings]
        )
    return known[catalog.pk]
