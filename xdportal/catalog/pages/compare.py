"""Two lists of one catalog, from one time to another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.catalog import grading, history
from xdportal.catalog.compare import Change, Counts, count
from xdportal.catalog.grades import Grade
from xdportal.catalog.history.changes import numbers_of
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, Listings, Snapshot
from xdportal.catalog.pages import moments
from xdportal.catalog.pages.moments import Asked

USUAL: tuple[tuple[timedelta, Promise], ...] = (
    (timedelta(days=1), _("24 hours ago → now")),
    (timedelta(days=7), _("7 days ago → now")),
    (timedelta(days=30), _("30 days ago → now")),
)


class CompareForm:
    """`?from=…&to=…`, each a number or a time; without them the previous and the latest list."""

    def __init__(self, catalog: Catalog, data: QueryDict) -> None:
        self.catalog = catalog
        self.older = moments.ask(catalog, data.get("from", ""))
        self.newer = moments.ask(catalog, data.get("to", ""), end_of_day=True)
        self.shows_all = data.get("only") == "all"

    def pair(self) -> tuple[Snapshot, Snapshot]:
        """Return the two lists; what names none is replaced by the nearest there is."""
        latest = self.catalog.latest_snapshot
        assert latest is not None  # noqa: S101
        newer = self.newer.snapshot or self._instead(self.newer, latest.number) or latest
        before = max(newer.number - 1, 1)
        older = self.older.snapshot or self._instead(self.older, before) or newer
        return older, newer

    @property
    def troubles(self) -> list[Asked]:
        return [asked for asked in (self.older, self.newer) if asked.trouble]

    def usual(self, now: datetime) -> list[tuple[str, Promise]]:
        """Return the pairs that are often asked for, as query strings with their words."""
        links = []
        for length, words in USUAL:
            at = timezone.localtime(now - length).replace(microsecond=0, tzinfo=None)
            links.append((f"?from={at.isoformat()}", words))
        latest = self.catalog.latest_number
        return [*links, (f"?from={max(latest - 1, 1)}&to={latest}", _("One list before → now"))]

    def _instead(self, asked: Asked, number: int) -> Snapshot | None:
        """Return the first list for a time before it, else the one with the number."""
        is_earlier = asked.trouble is moments.Trouble.EARLIER
        return self.catalog.snapshots.filter(number=1 if is_earlier else number).first()


class Line(NamedTuple):
    grade: Grade
    change: Change


@dataclass
class Comparison:
    catalog: Catalog
    older: Snapshot
    newer: Snapshot
    lines: list[Line]  # the gravest first

    @classmethod
    def of(cls, catalog: Catalog, older: Snapshot, newer: Snapshot) -> "Comparison":
        kind = spec_of(catalog)
        found = history.difference(catalog, older.number, newer.number)
        lines = [Line(grading.grade_of(kind, change), change) for change in found]
        lines.sort(key=lambda line: grading.ORDER[line.grade])
        return cls(catalog, older, newer, lines)

    @property
    def changes(self) -> list[Change]:
        return [line.change for line in self.lines]

    @cached_property
    def counts(self) -> Counts:
        return count(line.change.kind for line in self.lines)

    @cached_property
    def by_grade(self) -> dict[Grade, int]:
        """Return how many changes have each grade, the gravest first."""
        return dict(Counter(line.grade for line in self.lines))

    @property
    def is_same(self) -> bool:
        return self.older.number == self.newer.number

    @property
    def is_backwards(self) -> bool:
        return self.older.number > self.newer.number

    @property
    def unchanged_count(self) -> int:
        return self.newer.item_count - sum(len(line.change.after) for line in self.lines)

    @property
    def older_value(self) -> str:
        return moments.field_value(self.older)

    @property
    def newer_value(self) -> str:
        return moments.field_value(self.newer)

    def unchanged(self) -> Listings:
        """Return the rows of the newer list whose id does not differ."""
        touched = [line.change.item_id for line in self.lines]
        listings = self.catalog.listings.as_of(self.newer.number).exclude(item_id__in=touched)
        return listings.in_natural_order(numeric=self.newer.numeric)

    def happened(self, lines: Sequence[Line]) -> dict[str, datetime]:
        """Return by id when it last changed between the two lists. Two queries."""
        low, high = sorted((self.older.number, self.newer.number))
        rows = history.rows_by_id(self.catalog, {line.change.item_id for line in lines})
        last = {}
        for item_id, of_id in rows.items():
            between = [number for number in numbers_of(of_id) if low < number <= high]
            if between:
                last[item_id] = between[-1]
        taken = history.taken(self.catalog, last.values())
        return {item_id: taken[number] for item_id, number in last.items()}
