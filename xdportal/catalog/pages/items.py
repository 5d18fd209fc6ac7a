"""A list as a page shows it: the items that answer a query, and the counts of its facets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Length
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from xdportal.catalog import history
from xdportal.catalog.kinds import Field, spec_of
from xdportal.catalog.models import AsNumber, Catalog, Listings
from xdportal.catalog.pages.query import (
    AVAILABLE,
    MOST_VALUES,
    RECENT_STATUSES,
    WITHDRAWN,
    ItemQuery,
)


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str  # in the query string
    label: Any
    values: list[FacetValue]
    total: int = 0  # values that there are, shown or not
    find: str = ""  # what the values are narrowed to

    @property
    def is_searchable(self) -> bool:
        return self.total > MOST_VALUES

    @property
    def chosen(self) -> list[FacetValue]:
        return [value for value in self.values if value.chosen]


class ItemList:
    """The list that one query asks for, at one time."""

    def __init__(self, catalog: Catalog, query: ItemQuery, recent: int) -> None:
        """`recent` is the first snapshot number that counts as recent (`history.recent_start`)."""
        self.catalog = catalog
        self.kind = spec_of(catalog)
        self.query = query
        self.recent = recent

    def listings(self) -> Listings:
        """Return the rows in the order asked for."""
        first, *others = [part.annotate(**self._keys()) for part in self._filtered_parts()]
        merged = first.union(*others, all=True) if others else first
        ordered: Listings = merged.order_by(*self._order())
        return ordered

    def count(self) -> int:
        """One query a part at most; none where the snapshot has counted."""
        if self.catalog.latest_snapshot and not self.query.is_filtered:
            return self.catalog.latest_snapshot.item_count
        return sum(part.count() for part in self._filtered_parts())

    def withdrawn_count(self) -> int:
        """Return how many of the rows are withdrawn."""
        if not self.query.with_withdrawn:
            return 0
        return self._filtered(self.catalog.listings.withdrawn()).count()

    def facets(self) -> list[Facet]:
        """Return what is shown, what it is narrowed to, and the facets of the kind's fields."""
        shown, only = self._statuses()
        fields = [self.facet(field) for field in self.kind.facets]
        return [
            Facet("status", pgettext("facet", "show"), shown),
            Facet("status", pgettext("facet", "only"), only),
            *fields,
        ]

    def facet(self, field: Field) -> Facet:
        """Return the values of the unfiltered list, each with its count under the other facets.

        Of many values it has the most frequent of those that hold the words they are searched for.
        """
        every = self._counts_of_all(field)
        find = self.query.find(field.name)
        fitting = [value for value in every if find.lower() in _label(field, value).lower()]
        others = self.query.without(field.name)
        counts = every
        if others.is_filtered:
            narrowed = ItemList(self.catalog, others, self.recent)
            counts = _counted(field.name, narrowed._filtered_parts())
        chosen = self.query.values(field.name)
        shown = [
            FacetValue(value, _label(field, value), counts.get(value, 0), value in chosen)
            for value in dict.fromkeys([*fitting[:MOST_VALUES], *chosen])
        ]
        return Facet(field.query, field.label, shown, len(every), find)

    def _statuses(self) -> tuple[list[FacetValue], list[FacetValue]]:
        """Without a filter by snapshot counts and indexes; with one, two scans."""
        snapshot = self.catalog.latest_snapshot
        listed = self._filtered(self.catalog.listings.current())
        if snapshot is not None and not self.query.is_narrowed:
            available, withdrawn = snapshot.item_count, snapshot.withdrawn
            numbers = self._recent_counts(listed.filter(first__gte=self.recent))
        else:
            numbers = self._recent_counts(listed)
            available = numbers[AVAILABLE]
            withdrawn = self._filtered(self.catalog.listings.withdrawn()).count()
        statuses = self.query.statuses
        shown = [
            FacetValue(AVAILABLE, AVAILABLE, available, AVAILABLE in statuses or not statuses),
            FacetValue(WITHDRAWN, WITHDRAWN, withdrawn, WITHDRAWN in statuses),
        ]
        only = [
            FacetValue(status, status, numbers[status], status in statuses)
            for status in RECENT_STATUSES
        ]
        return shown, only

    def _recent_counts(self, listed: Listings) -> dict[str, int]:
        """Return the numbers of what is listed by recent status, and of all of it. One query."""
        counts = {status: Count("pk", filter=self._is(status)) for status in RECENT_STATUSES}
        counts[AVAILABLE] = Count("pk")
        return dict(listed.order_by().aggregate(**counts))

    def _filtered_parts(self) -> list[Listings]:
        return [self._filtered(part) for part in self._parts()]

    def _parts(self) -> list[Listings]:
        """Return what is listed and what is withdrawn, as far as it is asked for."""
        listings = self.catalog.listings
        parts = []
        if self.query.with_listed:
            parts.append(listings.current().filter(self._is_any_of(self.query.recent)))
        if self.query.with_withdrawn:
            parts.append(listings.withdrawn())
        return parts

    def _is_any_of(self, statuses: Sequence[str]) -> Q:
        condition = Q(pk__in=[]) if statuses else Q()
        for status in statuses:
            condition |= self._is(status)
        return condition

    def _is(self, status: str) -> Q:
        """Narrow what is listed. `first` has an index, and few rows begin lately."""
        if status == "new":
            return Q(first__gte=self.recent, first_seen__gte=self.recent)
        same_id = self.kind.listing.objects.filter(
            catalog=OuterRef("catalog"), item_id=OuterRef("item_id"), first__lt=OuterRef("first")
        )
        was_listed = Exists(same_id.filter(Q(ended=None) | Q(ended__gte=OuterRef("first"))))
        began_again = Q(first__gte=self.recent, first_seen__lt=F("first"))
        return began_again & (Q(was_listed) if status == "changed" else ~Q(was_listed))

    def _filtered(self, listings: Listings) -> Listings:
        for word in self.query.words:
            listings = listings.filter(self._holds(word))
        for name, values in self.query.chosen:
            if values:
                listings = listings.filter(**{f"{name}__in": values})
        if self.query.has_limits:
            listings = listings.annotate(cost=AsNumber("price"))
        if self.query.least is not None:
            listings = listings.filter(cost__gte=self.query.least)
        if self.query.most is not None:
            listings = listings.filter(cost__lte=self.query.most)
        return listings

    def _holds(self, word: str) -> Q:
        condition = Q(item_id__icontains=word)
        for field in self.kind.searched:
            how = "iexact" if field.exactly else "icontains"
            condition |= Q(**{f"{field.name}__{how}": word})
        return condition

    def _keys(self) -> dict[str, Any]:
        """Return what rows are ordered by beside their columns."""
        keys: dict[str, Any] = {
            "natural": Length("item_id"),
            "last": Coalesce("ended", "first"),
        }
        field = self._sorted_by()
        if field is not None and field.numeric:
            keys["number"] = AsNumber(field.name)
        return keys

    def _sorted_by(self) -> Field | None:
        column = self.query.sort.removeprefix("-")
        return next((field for field in self.kind.fields if field.query == column), None)

    def _order(self) -> list[str]:
        numeric = self.catalog.latest_snapshot is not None and self.catalog.latest_snapshot.numeric
        by_id = ["natural", "item_id"] if numeric else ["item_id"]
        field = self._sorted_by()
        if field is not None:
            first = "number" if field.numeric else field.name
            keys = [first, *field.then]
            if "item_id" not in keys:
                keys += [*by_id, "pk"]
        else:
            orders = {
                "id": [*by_id, "pk"],
                "seen": ["first_seen", *by_id, "pk"],
                "changed": ["last", "pk"],
            }
            keys = orders[self.query.sort.removeprefix("-")]
        return [f"-{key}" for key in keys] if self.query.sort.startswith("-") else keys

    def _counts_of_all(self, field: Field) -> dict[str, int]:
        """Return the counts of what is listed, which the snapshot keeps."""
        snapshot = self.catalog.latest_snapshot
        known = snapshot.facet(field.name) if snapshot else None
        if known:
            return _added(known)  # kept in no order
        return _counted(field.name, [self.catalog.listings.current()])


def _label(field: Field, value: str) -> str:
    return str(field.words.get(value, value)) or _("none")


def _counted(column: str, parts: Sequence[Listings]) -> dict[str, int]:
    return _added(*(dict(history.facet_counts(part, column)) for part in parts))


def _added(*counts: Mapping[str, int]) -> dict[str, int]:
    """Return the sums, the most frequent first."""
    total: Counter[str] = Counter()
    for summand in counts:
        total.update(summand)
    return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))
