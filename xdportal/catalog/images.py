"""The image list as a page shows it: what was asked for, the rows that answer it, and the counts beside the facets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Length
from django.http import QueryDict

from xdportal.catalog import history
from xdportal.catalog.history import Listings
from xdportal.catalog.models import Catalog, Listing

STATUSES = ("available", "new", "changed", "withdrawn")
SORTS = ("id", "system", "version", "type", "seen", "changed")
LONGEST_QUERY, MOST_WORDS = 200, 8
_KEYS = {"natural": Length("image_id"), "last": Coalesce("ended", "first")}  # what rows are ordered by
FEW = 500  # keys in one statement
MOST_VALUES = 40  # of a facet, the chosen ones beside them


@dataclass(frozen=True, slots=True)
class ImageQuery:
    """What the query string asks for. Unknown statuses and sorts count as not given, other nonsense finds nothing."""

    q: str = ""
    types: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sort: str = "id"

    @classmethod
    def read(cls, data: QueryDict) -> "ImageQuery":
        sort = data.get("sort", "id")
        return cls(
            q=" ".join(data.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY],
            types=_texts(data, "type"),
            systems=_texts(data, "system"),
            statuses=tuple(s for s in STATUSES if s in data.getlist("status")),
            sort=sort if sort.removeprefix("-") in SORTS else "id",
        )

    @property
    def words(self) -> list[str]:
        """What is looked for. Each word is a scan of the list, so it is only so many."""
        return list(dict.fromkeys(self.q.split()))[:MOST_WORDS]

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.types or self.systems or self.statuses)


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    listing: Listing
    status: str  # new, changed, withdrawn, or empty
    was: Listing | None
    first_seen: datetime
    last_change: datetime | None


class ImageList:
    """The list that one query asks for, at one time."""

    def __init__(self, catalog: Catalog, query: ImageQuery, recent: int) -> None:
        """`recent`: the first snapshot number that counts as recent, from `history.recent_start`."""
        self.catalog, self.query, self.recent = catalog, query, recent

    def listings(self) -> Listings:
        """In the order asked for: what is listed comes by its indexes, what went is merged in. No scan of history."""
        parts = [self._filtered(part).annotate(**_KEYS) for part in self._parts()]
        merged = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
        return merged.order_by(*self._order())

    def count(self) -> int:
        """One query a part at most; none for a part that the snapshot has counted."""
        if self.catalog.latest_snapshot and not self.query.is_filtered:
            return self.catalog.latest_snapshot.image_count + len(self._gone_rows)
        return sum(self._filtered(part).count() for part in self._parts())

    @property
    def available(self) -> int:
        return self.catalog.latest_snapshot.image_count if self.catalog.latest_snapshot else 0

    def types(self) -> list[FacetValue]:
        snapshot = self.catalog.latest_snapshot
        return self._facet("type", self.query.types, snapshot.types if snapshot else None)

    def systems(self) -> list[FacetValue]:
        snapshot = self.catalog.latest_snapshot
        return self._facet("name", self.query.systems, snapshot.systems if snapshot else None)

    def statuses(self) -> list[FacetValue]:
        """Without a filter by snapshot counts and indexes; with one, two scans."""
        snapshot, listed = self.catalog.latest_snapshot, self._filtered(history.current(self.catalog))
        narrowed = bool(self.query.q or self.query.types or self.query.systems)
        counted = snapshot is not None and not narrowed
        counts = {
            "available": snapshot.image_count if snapshot and counted else listed.count(),
            "new": listed.filter(self._is_new()).count(),
            "changed": listed.filter(self._is_changed()).count(),
            "withdrawn": snapshot.withdrawn
            if snapshot and counted
            else self._filtered(history.withdrawn(self.catalog)).count(),
        }
        return [FacetValue(status, counts[status], status in self.query.statuses) for status in STATUSES]

    def rows(self, listings: Sequence[Listing]) -> list[Row]:
        """Two queries for all that a row tells beside its listing."""
        moments = self._moments(listings)
        changed = [listing for listing in listings if self._status(listing) == "changed"]
        before = history.previous_rows(self.catalog, changed) if changed else {}
        return [
            Row(
                listing=listing,
                status=self._status(listing),
                was=before.get(listing.pk),
                first_seen=moments[listing.seen],
                last_change=moments[_last(listing)] if _last(listing) != listing.seen else None,
            )
            for listing in listings
        ]

    def _parts(self) -> list[Listings]:
        """By status; without one, what is listed and what went lately."""
        wanted = self.query.statuses
        if not wanted:
            return [history.current(self.catalog), *self._gone()]
        listed = Q(pk__in=[])
        for status, condition in (("new", self._is_new()), ("changed", self._is_changed()), ("available", Q())):
            if status in wanted:
                listed = condition if status == "available" else listed | condition
        parts = [history.current(self.catalog).filter(listed)] if set(wanted) != {"withdrawn"} else []
        return [*parts, *([history.withdrawn(self.catalog)] if "withdrawn" in wanted else [])]

    @cached_property
    def _gone_rows(self) -> list[tuple[int, str, str]]:
        """Key, type and name of what went lately. One query; mostly few rows, often none."""
        return list(history.withdrawn(self.catalog, self.recent).values_list("pk", "type", "name"))

    def _gone(self) -> list[Listings]:
        if not self._gone_rows:
            return []
        if len(self._gone_rows) > FEW:
            return [history.withdrawn(self.catalog, self.recent)]
        return [Listing.objects.filter(pk__in=[key for key, _, _ in self._gone_rows])]

    def _filtered(self, listings: Listings) -> Listings:
        for word in self.query.words:
            found = Q(image_id__icontains=word) | Q(name__icontains=word) | Q(version__icontains=word)
            listings = listings.filter(found | Q(type__iexact=word))
        if self.query.types:
            listings = listings.filter(type__in=self.query.types)
        if self.query.systems:
            listings = listings.filter(name__in=self.query.systems)
        return listings

    def _order(self) -> list[str]:
        numeric = self.catalog.latest_snapshot is not None and self.catalog.latest_snapshot.numeric
        by_id = ["natural", "image_id"] if numeric else ["image_id"]
        keys = {
            "id": [*by_id, "pk"],
            "system": ["name", "version", "image_id", "type"],
            "version": ["version", "name", *by_id, "pk"],
            "type": ["type", *by_id, "pk"],
            "seen": ["seen", *by_id, "pk"],
            "changed": ["last", "pk"],
        }[self.query.sort.removeprefix("-")]
        return [f"-{key}" for key in keys] if self.query.sort.startswith("-") else keys

    def _facet(self, column: str, chosen: Sequence[str], known: Mapping[str, int] | None) -> list[FacetValue]:
        """Every value of the unfiltered list, with its count under the other facets."""
        gone = Counter(kind if column == "type" else name for _, kind, name in self._gone_rows)
        every = _added(known or self._counted(column, [history.current(self.catalog)]), gone)
        others = replace(self.query, types=()) if column == "type" else replace(self.query, systems=())
        counts = every
        if others.is_filtered:
            narrowed = ImageList(self.catalog, others, self.recent)
            counts = narrowed._counted(column, [narrowed._filtered(part) for part in narrowed._parts()])
        values = dict.fromkeys([*list(every)[:MOST_VALUES], *chosen])
        return [FacetValue(value, counts.get(value, 0), value in chosen) for value in values]

    def _counted(self, column: str, parts: Sequence[Listings]) -> dict[str, int]:
        return _added(*(dict(history.facet_counts(part, column)) for part in parts))

    def _is_new(self) -> Q:
        return Q(first__gte=self.recent, seen__gte=self.recent)  # `first` is what has an index

    def _is_changed(self) -> Q:
        return Q(first__gte=self.recent, seen__lt=F("first"))

    def _status(self, listing: Listing) -> str:
        if listing.ended is not None:
            return "withdrawn"
        if listing.seen >= self.recent:
            return "new"
        return "changed" if listing.first >= self.recent and listing.seen < listing.first else ""

    def _moments(self, listings: Sequence[Listing]) -> dict[int, datetime]:
        numbers = {listing.seen for listing in listings} | {_last(listing) for listing in listings}
        return dict(self.catalog.snapshots.filter(number__in=numbers).values_list("number", "taken_at"))


def _added(*counts: Mapping[str, int]) -> dict[str, int]:
    """Summed, the most frequent first."""
    total = sum((Counter(some) for some in counts), Counter())
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _last(listing: Listing) -> int:
    return listing.ended or listing.first


def _texts(data: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in data.getlist(name) if value and "\0" not in value))[:MOST_VALUES]
