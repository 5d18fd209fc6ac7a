"""What upper rooms add beside an id on the pages of lists, such as the star that pins it, and
below a pair of an image and a package that fit.

A room registers its slot in `AppConfig.ready`; the lists know only this registry. A slot draws
from Python, not from a template: it is called for every row of a list.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add as add_safe
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString

from xdportal.catalog.models import Catalog, ImageListing, PackageListing

Drawn = Callable[[str], SafeString]  # what is shown beside one id; empty: nothing
Slot = Callable[[HttpRequest, Catalog], Drawn]  # called once a list and request


class Pair(NamedTuple):
    """An image and a package of one connection that fit; `packages` is the list it is from."""

    images: Catalog
    image: ImageListing
    packages: Catalog
    package: PackageListing


@dataclass(frozen=True, slots=True)
class PairSlot:
    """A template, and its data for a pair; None: nothing is added."""

    template: str
    of_pair: Callable[[HttpRequest, Pair], object | None]


_slots: list[Slot] = []
_pair_slots: list[PairSlot] = []


def add(slot: Slot) -> None:
    _slots.append(slot)


def beside_ids(request: HttpRequest, catalog: Catalog) -> Drawn:
    """Return what draws everything beside an id of the list."""
    known: dict[Any, Drawn] = request.__dict__.setdefault("_slots", {})
    if catalog.pk not in known:
        drawings = [slot(request, catalog) for slot in _slots]
        known[catalog.pk] = lambda item_id: safe_join([drawn(item_id) for drawn in drawings])
    return known[catalog.pk]


def safe_join(pieces: Iterable[SafeString]) -> SafeString:
    return reduce(add_safe, pieces, SafeString(""))


def add_for_pairs(slot: PairSlot) -> None:
    _pair_slots.append(slot)


def filled_for_pair(request: HttpRequest, pair: Pair) -> list[tuple[str, object]]:
    """Return templates with their data, for one pair."""
    found = [(slot.template, slot.of_pair(request, pair)) for slot in _pair_slots]
    return [(template, data) for template, data in found if data is not None]
