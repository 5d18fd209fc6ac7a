"""A list as one snapshot holds it, page by page: a walk never mixes two lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Exists, F, FloatField, OuterRef, Q, Value
from django.db.models.functions import Cast, Coalesce, Length

from xdportal.catalog.history.lists import RECENT
from xdportal.catalog.kinds import CatalogKind, Field, spec_of
from xdportal.catalog.models import AsNumber, Catalog, Listing, Listings, Snapshot
from xdportal.lib.composed import Composed

AVAILABLE, NEW, CHANGED, WITHDRAWN = STATUSES = ("available", "new", "changed", "withdrawn")
SEEN, LAST = "first_seen", "last_change"


class Place(NamedTuple):
    """The row that a page ended with, in the order of ids."""

    natural: int
    item_id: str
    pk: int

    @classmethod
    def of(cls, listing: Listing) -> "Place":
        return cls(len(listing.item_id), listing.item_id, listing.pk)


@dataclass(frozen=True)
class Wanted:
    """Which items, in which order. `values` are exact, by the field's name."""

    words: Sequence[str] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    status: str = AVAILABLE
    sort: str = "id"

    @property
    def is_by_id(self) -> bool:
        return self.sort == "id"


def sorts_of(kind: CatalogKind) -> tuple[str, ...]:
    return ("id", *(field.name for field in kind.fields), SEEN, LAST)


def recent_start_of(catalog: Catalog, snapshot: Snapshot) -> int:
    """Return the first snapshot that counted as recent when this one was taken. One query, of one
    row: by time, so that it reads no older ones.
    """
    since = snapshot.taken_at - RECENT
    recent = catalog.snapshots.with_changes().filter(
        taken_at__gte=since, number__lte=snapshot.number
    )
    first = recent.order_by("taken_at", "number").values_list("number", flat=True)[:1]
    return next(iter(first), snapshot.number + 1)


@dataclass(frozen=True)
class Walk:
    """The list of one snapshot. `recent` is the first snapshot that makes an item new or
    changed.
    """

    catalog: Catalog
    snapshot: Snapshot
    recent: int
    wanted: Wanted

    def page_after(self, place: Place | None, most: int) -> list[Listing]:
        """Return the rows that follow in the order of ids: at most two queries a part, by
        indexes.
        """
        if place is None and not self.wanted.words:
            parts = self._composed_parts(most)
        else:
            parts = [self._part_after(part, place, most) for part in self.parts()]
        key = self._key
        return list(islice(merge(*parts, key=key), most))

    def page_from(self, start: int, most: int) -> list[Listing]:
        """Return rows of any other order by their position. One query, of the whole list."""
        first, *others = [part.annotate(**self._keys()) for part in self.parts()]
        rows = first.union(*others, all=True) if others else first
        return list(rows.order_by(*self._order())[start : start + most])

    def status(self, listing: Listing) -> str:
        if not self._is_listed(listing):
            return WITHDRAWN
        if listing.first_seen >= self.recent:
            return NEW
        took_over = listing.first_seen < listing.first
        return CHANGED if listing.first >= self.recent and took_over else AVAILABLE

    def last_change(self, listing: Listing) -> int | None:
        """Return the snapshot that changed or withdrew it; None for what is as it was first
        seen.
        """
        if not self._is_listed(listing):
            return listing.ended
        return listing.first if listing.first != listing.first_seen else None

    def moments(self, listings: Sequence[Listing]) -> dict[int, datetime]:
        """Return when the snapshots were taken that rows began, changed or ended with. One
        query.
        """
        numbers = {listing.first_seen for listing in listings}
        numbers |= {self.last_change(listing) or 0 for listing in listings}
        taken = self.catalog.snapshots.filter(number__in=numbers)
        return dict(taken.values_list("number", "taken_at"))

    def _is_listed(self, listing: Listing) -> bool:
        return listing.ended is None or listing.ended > self.snapshot.number

    def parts(self) -> Iterator[Listings]:
        """Yield what is listed, by its own index, and what was listed then but went since."""
        number = self.snapshot.number
        rows = self._narrowed(self.catalog.listings)
        if self.wanted.status == WITHDRAWN:
            yield self._withdrawn(rows)
            return
        rows = rows.filter(self._has_status(), first__lte=number)
        yield rows.filter(ended=None)
        yield rows.filter(ended__gt=number)

    def _has_status(self) -> Q:
        if self.wanted.status == NEW:
            return Q(first__gte=self.recent, first_seen__gte=self.recent)
        if self.wanted.status == CHANGED:
            return Q(first__gte=self.recent, first_seen__lt=self.recent)
        return Q()

    def _withdrawn(self, rows: Listings) -> Listings:
        """Return the last listings of ids that this snapshot does not hold, but an earlier one
        did.
        """
        number = self.snapshot.number
        same_id = self.catalog.listings.filter(item_id=OuterRef("item_id"), first__lte=number)
        later = same_id.filter(Q(ended=None) | Q(ended__gt=OuterRef("ended")))
        return rows.filter(~Exists(later), ended__lte=number)

    def _narrowed(self, rows: Listings) -> Listings:
        for word in self.wanted.words:
            rows = rows.filter(self._holds(word))
        for name, value in self.wanted.values.items():
            rows = rows.filter(**{name: value})
        return rows

    def _holds(self, word: str) -> Q:
        condition = Q(item_id__icontains=word)
        for searched in spec_of(self.catalog).searched:
            how = "iexact" if searched.exactly else "icontains"
            condition |= Q(**{f"{searched.name}__{how}": word})
        return condition

    def _composed_parts(self, most: int) -> list[list[Listing]]:
        """Return the first rows of each part, by queries that are composed once a process."""
        wanted = self.wanted
        shape = (self.catalog.kind, self.snapshot.numeric, wanted.status, most)
        bounds = {"number": self.snapshot.number, "recent": self.recent}
        values: dict[str, Any] = {"catalog": self.catalog.pk, **bounds, **wanted.values}
        count = 1 if wanted.status == WITHDRAWN else 2
        return [FIRST_ROWS.rows(*shape, part, *wanted.values, **values) for part in range(count)]

    def in_order(self, part: Listings) -> Listings:
        ordered: Listings = part.annotate(natural=Length("item_id")).order_by(*self._by_id)
        return ordered

    def _part_after(self, part: Listings, place: Place | None, most: int) -> list[Listing]:
        rows = self.in_order(part)
        if place is None:
            return list(rows[:most])
        is_passed = Q(item_id=place.item_id, pk__lte=place.pk)
        rest = rows.filter(item_id__gte=place.item_id).exclude(is_passed)
        if not self.snapshot.numeric:
            return list(rest[:most])
        found = list(rest.filter(natural=place.natural)[:most])
        if len(found) < most:
            found += rows.filter(natural__gt=place.natural)[: most - len(found)]
        return found

    @cached_property
    def _by_id(self) -> tuple[str, ...]:
        return ("natural", "item_id", "pk") if self.snapshot.numeric else ("item_id", "pk")

    def _key(self, listing: Listing) -> tuple[object, ...]:
        natural = len(listing.item_id) if self.snapshot.numeric else 0
        return natural, listing.item_id, listing.pk

    def _sorted_by(self) -> Field | None:
        return spec_of(self.catalog).by_name.get(self.wanted.sort.removeprefix("-"))

    def _keys(self) -> dict[str, Any]:
        """Return what rows are ordered by beside their columns; what is no number comes first."""
        last = F("ended") if self.wanted.status == WITHDRAWN else F("first")
        keys: dict[str, Any] = {"natural": Length("item_id"), "last": last}
        field = self._sorted_by()
        if field is not None and field.numeric:
            number = Cast(AsNumber(field.name), FloatField())
            keys["number"] = Coalesce(number, Value(-1.0))
        return keys

    def _order(self) -> list[str]:
        keys = [*self._first_keys(), *self._by_id]
        distinct = dict.fromkeys(keys)
        return (
            [f"-{key}" for key in distinct] if self.wanted.sort.startswith("-") else list(distinct)
        )

    def _first_keys(self) -> tuple[str, ...]:
        field = self._sorted_by()
        if field is not None:
            return ("number" if field.numeric else field.name, *field.then)
        return {SEEN: ("first_seen",), LAST: ("last",)}.get(self.wanted.sort.removeprefix("-"), ())


def _first_rows(
    kind: str,
    numeric: bool,
    status: str,
    most: int,
    part: int,
    /,
    *names: str,
    catalog: int,
    number: int,
    recent: int,
    **values: str,
) -> Listings:
    """Return the first rows of a part, of a walk by ids with these values of fields."""
    snapshot = Snapshot(number=number, numeric=numeric)
    wanted = Wanted(values=values, status=status)
    walk = Walk(Catalog(pk=catalog, kind=kind), snapshot, recent, wanted)
    parts = list(walk.parts())
    rows: Listings = walk.in_order(parts[part])[:most]
    return rows


FIRST_ROWS = Composed(_first_rows)
