"""A list as a page shows it: what was asked for, the rows that answer it, the counts of its facets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import DecimalField, F, Q
from django.db.models.expressions import Value
from django.db.models.functions import Cast, Coalesce, Length, NullIf
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from xdportal.catalog import history
from xdportal.catalog.kinds import CatalogKind, Field, spec_of
from xdportal.catalog.models import Catalog, Listing, Listings

STATUSES = ("available", "new", "changed", "withdrawn")
LONGEST_QUERY = 200
MOST_WORDS = 8  # each is a scan of the list
MOST_VALUES = 40  # of a facet, beside the chosen ones
FEW = 500  # keys in one statement


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What the query string asks for.

    Unknown statuses and sorts count as not given; other values that make no sense find nothing.
    """

    q: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()  # facet's name → values
    statuses: tuple[str, ...] = ()
    sort: str = "id"

    @classmethod
    def read(cls, data: QueryDict, kind: CatalogKind) -> "ItemQuery":
        sort = data.get("sort", "id")
        if sort.removeprefix("-") not in sorts_of(kind):
            sort = "id"
        return cls(
            q=" ".join(data.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY],
            chosen=tuple((field.name, _texts(data, field.query)) for field in kind.facets),
            statuses=tuple(s for s in STATUSES if s in data.getlist("status")),
            sort=sort,
        )

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(self.q.split()))[:MOST_WORDS]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the status leaves items out."""
        return bool(self.q) or any(values for _, values in self.chosen)

    @property
    def is_chosen(self) -> bool:
        """Whether any box of the facets is ticked."""
        return bool(self.statuses) or any(values for _, values in self.chosen)

    @property
    def is_filtered(self) -> bool:
        return self.is_narrowed or bool(self.statuses)

    def values(self, facet: str) -> tuple[str, ...]:
        return dict(self.chosen).get(facet, ())

    def without(self, facet: str) -> "ItemQuery":
        others = tuple((name, values) for name, values in self.chosen if name != facet)
        return replace(self, chosen=others)


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

    @property
    def chosen(self) -> list[FacetValue]:
        return [value for value in self.values if value.chosen]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    listing: Listing
    status: str  # new, changed, withdrawn, or empty
    was: Listing | None
    first_seen: datetime
    last_change: datetime | None


def sorts_of(kind: CatalogKind) -> tuple[str, ...]:
    return ("id", *(field.query for field in kind.fields), "seen", "changed")


class ItemList:
    """The list that one query asks for, at one time."""

    def __init__(self, catalog: Catalog, query: ItemQuery, recent: int) -> None:
        """`recent` is the first snapshot number that counts as recent (`history.recent_start`)."""
        self.catalog = catalog
        self.kind = spec_of(catalog)
        self.query = query
        self.recent = recent

    def listings(self) -> Listings:
        """Return the rows in the order asked for.

        What is listed comes by its indexes, what went is merged in: no scan of history.
        """
        first, *others = [self._filtered(part).annotate(**self._keys()) for part in self._parts()]
        merged = first.union(*others, all=True) if others else first
        ordered: Listings = merged.order_by(*self._order())
        return ordered

    def count(self) -> int:
        """One query a part at most; none for a part that the snapshot has counted."""
        if self.catalog.latest_snapshot and not self.query.is_filtered:
            return self.available + len(self._gone_rows)
        return sum(self._filtered(part).count() for part in self._parts())

    @property
    def available(self) -> int:
        return self.catalog.latest_snapshot.item_count if self.catalog.latest_snapshot else 0

    def facets(self) -> list[Facet]:
        """Return the facets of the kind's fields, and that of the status."""
        facets = [Facet(field.query, field.label, self.facet(field)) for field in self.kind.facets]
        return [*facets, Facet("status", _("status"), self.statuses())]

    def facet(self, field: Field) -> list[FacetValue]:
        """Return every value of the unfiltered list, with its count under the other facets."""
        every = self._counts_of_all(field)
        others = self.query.without(field.name)
        counts = every
        if others.is_filtered:
            narrowed = ItemList(self.catalog, others, self.recent)
            parts = [narrowed._filtered(part) for part in narrowed._parts()]
            counts = _counted(field.name, parts)
        chosen = self.query.values(field.name)
        values = dict.fromkeys([*list(every)[:MOST_VALUES], *chosen])
        return [
            FacetValue(value, str(field.words.get(value, value)), counts.get(value, 0), value in chosen)
            for value in values
        ]

    def statuses(self) -> list[FacetValue]:
        """Without a filter by snapshot counts and indexes; with one, two scans."""
        snapshot = self.catalog.latest_snapshot
        listed = self._filtered(self.catalog.listings.current())
        if snapshot is not None and not self.query.is_narrowed:
            available, withdrawn = snapshot.item_count, snapshot.withdrawn
        else:
            available = listed.count()
            withdrawn = self._filtered(self.catalog.listings.withdrawn()).count()
        counts = {
            "available": available,
            "new": listed.filter(self._is_new()).count(),
            "changed": listed.filter(self._is_changed()).count(),
            "withdrawn": withdrawn,
        }
        chosen = self.query.statuses
        return [FacetValue(status, status, counts[status], status in chosen) for status in STATUSES]

    def rows(self, listings: Sequence[Listing]) -> list[Row]:
        """Two queries for all that a row says beside its listing."""
        moments = self._moments(listings)
        changed = [listing for listing in listings if self.status(listing) == "changed"]
        before = history.previous_listings(self.catalog, changed) if changed else {}
        return [
            Row(
                listing=listing,
                status=self.status(listing),
                was=before.get(listing.pk),
                first_seen=moments[listing.first_seen],
                last_change=_last_change(listing, moments),
            )
            for listing in listings
        ]

    def status(self, listing: Listing) -> str:
        if listing.ended is not None:
            return "withdrawn"
        if listing.first_seen >= self.recent:
            return "new"
        took_over = listing.first_seen < listing.first
        return "changed" if listing.first >= self.recent and took_over else ""

    def _parts(self) -> list[Listings]:
        """Return querysets by status; without one, what is listed and what went lately."""
        wanted = self.query.statuses
        listings = self.catalog.listings
        if not wanted:
            return [listings.current(), *self._gone()]
        parts = []
        if set(wanted) != {"withdrawn"}:
            parts.append(listings.current().filter(self._listed_with(wanted)))
        if "withdrawn" in wanted:
            parts.append(listings.withdrawn())
        return parts

    def _listed_with(self, statuses: Sequence[str]) -> Q:
        if "available" in statuses:
            return Q()
        condition = Q(pk__in=[])
        if "new" in statuses:
            condition |= self._is_new()
        if "changed" in statuses:
            condition |= self._is_changed()
        return condition

    @cached_property
    def _gone_rows(self) -> list[dict[str, Any]]:
        """Key and facets of what went lately. One query; as a rule few rows, often none."""
        columns = ["pk", *(field.name for field in self.kind.facets)]
        return list(self.catalog.listings.withdrawn(self.recent).values(*columns))

    def _gone(self) -> list[Listings]:
        if not self._gone_rows:
            return []
        if len(self._gone_rows) > FEW:
            return [self.catalog.listings.withdrawn(self.recent)]
        return [self.catalog.listings.filter(pk__in=[row["pk"] for row in self._gone_rows])]

    def _filtered(self, listings: Listings) -> Listings:
        for word in self.query.words:
            listings = listings.filter(self._holds(word))
        for name, values in self.query.chosen:
            if values:
                listings = listings.filter(**{f"{name}__in": values})
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
            number = DecimalField(max_digits=30, decimal_places=10)
            keys["number"] = Cast(NullIf(field.name, Value("")), number)
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
            orders = {"id": [*by_id, "pk"], "seen": ["first_seen", *by_id, "pk"], "changed": ["last", "pk"]}
            keys = orders[self.query.sort.removeprefix("-")]
        return [f"-{key}" for key in keys] if self.query.sort.startswith("-") else keys

    def _counts_of_all(self, field: Field) -> dict[str, int]:
        """Return the counts of what is listed, which the snapshot keeps, and of what went lately."""
        snapshot = self.catalog.latest_snapshot
        known = snapshot.facet(field.name) if snapshot else None
        listed = known or _counted(field.name, [self.catalog.listings.current()])
        gone = Counter(str(row[field.name]) for row in self._gone_rows)
        return _added(listed, gone)

    def _is_new(self) -> Q:
        return Q(first__gte=self.recent, first_seen__gte=self.recent)  # `first` has an index

    def _is_changed(self) -> Q:
        return Q(first__gte=self.recent, first_seen__lt=F("first"))

    def _moments(self, listings: Sequence[Listing]) -> dict[int, datetime]:
        numbers = set()
        for listing in listings:
            numbers |= {listing.first_seen, listing.last_change}
        taken = self.catalog.snapshots.filter(number__in=numbers)
        return dict(taken.values_list("number", "taken_at"))


def _last_change(listing: Listing, moments: Mapping[int, datetime]) -> datetime | None:
    if listing.last_change == listing.first_seen:
        return None
    return moments[listing.last_change]


def _counted(column: str, parts: Sequence[Listings]) -> dict[str, int]:
    return _added(*(dict(history.facet_counts(part, column)) for part in parts))


def _added(*counts: Mapping[str, int]) -> dict[str, int]:
    """Return the sums, the most frequent first."""
    total: Counter[str] = Counter()
    for summand in counts:
        total.update(summand)
    return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))


def _texts(data: QueryDict, name: str) -> tuple[str, ...]:
    values = [value for value in data.getlist(name) if value and "\0" not in value]
    return tuple(dict.fromkeys(values))[:MOST_VALUES]
