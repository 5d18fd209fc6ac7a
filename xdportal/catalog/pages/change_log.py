"""The changes of some lists over a span of time, page by page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Q

from xdportal.catalog import grading
from xdportal.catalog.grades import Grade
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import LISTINGS, Catalog, Snapshot
from xdportal.catalog.models.snapshot import SnapshotQuerySet
from xdportal.catalog.pages.changes import (
    ChangesForm,
    Line,
    counted,
    lines_of,
    stands_for_changes,
)

FEW = 1000  # changes that are read at once, to be counted by grade
MOST_SEARCHED = 3000  # changes that a filter looks at
AT_ONCE = 20  # snapshots
MOST_TOUCHED = 500  # snapshots found by words
MOST_PAGED = FEW + 2  # snapshots; one of them is the first list, which holds no change


class Counted(NamedTuple):
    """A snapshot with the number of its changes."""

    pk: int
    number: int
    changes: int

    @property
    def length(self) -> int:
        """The number of its lines on a page."""
        return self.changes if self.number > 1 and 0 < self.changes <= FEW else 1


@dataclass
class ChangeLog:
    """What changed in the lists, as the form asks for it."""

    catalogs: Sequence[Catalog]
    form: ChangesForm
    now: datetime
    is_cut: bool = field(init=False, default=False)  # a filter did not look at everything

    @cached_property
    def newest(self) -> list[Counted]:
        """Return the newest snapshots of the span, at most so many as are paged. One query.

        As many of each list hold them all. With a last day they may lie further back.
        """
        snapshots = self._all
        if "until" not in self.form.asked:
            snapshots = snapshots.latest_of_each(MOST_PAGED)
        rows = snapshots.values_list("pk", "number", "added", "removed", "changed")
        return [Counted(pk, number, sum(counts)) for pk, number, *counts in rows[:MOST_PAGED]]

    @cached_property
    def is_small(self) -> bool:
        """Whether the span holds few changes, without any filter. A snapshot holds at least one."""
        if len(self.newest) >= MOST_PAGED:
            return False
        return sum(each.changes for each in self.newest if each.number > 1) <= FEW

    @cached_property
    def every_line(self) -> list[Line]:
        """Return all lines of a small span, unfiltered."""
        return lines_of(list(self._all), ChangesForm({})) if self.is_small else []

    @cached_property
    def grades(self) -> list[tuple[Grade, int]]:
        """Return how many changes of the span have each grade; nothing for a large span."""
        return counted(self.every_line)

    @property
    def choices(self) -> list[tuple[Grade, int | None]]:
        """Return the grades to filter by, with their numbers where they are known."""
        if self.is_small:
            return list(self.grades)
        kinds = {catalog.kind: spec_of(catalog) for catalog in self.catalogs}
        possible = {grade for kind in kinds.values() for grade in grading.grades_possible(kind)}
        return [(grade, None) for grade in grading.in_order(possible)]

    @cached_property
    def lines(self) -> Any:
        """Return the lines that are asked for, newest first: a sequence to be cut into pages."""
        if self.is_small and not self.form.has_filter:
            return self.every_line
        if self.is_small:
            return [line for line in self.every_line if self._is_wanted(line)]
        if self.form.has_filter:
            return self._searched()
        self.is_cut = len(self.newest) >= MOST_PAGED
        return Windows(self._all, self.newest)

    def everything(self) -> Iterator[Line]:
        """Yield every line that is asked for, for exports: by snapshot, then by id; without
        limit.
        """
        keys = list(self._all.with_changes().values_list("pk", flat=True))
        for start in range(0, len(keys), AT_ONCE):
            batch = self._joined(keys[start : start + AT_ONCE])
            for _snapshot, lines in groupby(
                lines_of(batch, self.form, whole=True), key=_snapshot_of
            ):
                yield from sorted(lines, key=_id_of)

    @property
    def _all(self) -> SnapshotQuerySet:
        snapshots = Snapshot.objects.filter(catalog__in=self.catalogs)
        return self.form.snapshots(snapshots, self.now).select_related("catalog__connection")

    def _is_wanted(self, line: Line) -> bool:
        if line.change is None or line.grade is None:
            return False
        return self.form.wants(line.change, line.grade)

    def _searched(self) -> list[Line]:
        found: list[Line] = []
        looked_at = 0
        snapshots = [one for one in self._candidates() if stands_for_changes(one)]
        for start in range(0, len(snapshots), AT_ONCE):
            if looked_at >= MOST_SEARCHED:
                self.is_cut = True
                break
            batch = snapshots[start : start + AT_ONCE]
            looked_at += sum(snapshot.change_count for snapshot in batch)
            found += lines_of(batch, self.form)
        return found

    def _candidates(self) -> list[Snapshot]:
        """Return the snapshots that may hold what is looked for, newest first."""
        words = self.form.words or [str(self.form.asked.get("image", ""))]
        if not any(words):
            return list(self._all[:MOST_SEARCHED])
        touched = Q(pk__in=[])
        for catalog in self.catalogs:
            touched |= Q(catalog=catalog, number__in=_touched(catalog, words))
        return list(self._all.filter(touched))

    def _joined(self, keys: Iterable[int]) -> list[Snapshot]:
        wanted = Snapshot.objects.filter(pk__in=list(keys)).select_related("catalog__connection")
        return list(wanted.order_by("-taken_at", "-pk"))


def _snapshot_of(line: Line) -> Snapshot:
    return line.snapshot


def _id_of(line: Line) -> str:
    return line.change.item_id if line.change else ""


class Windows:
    """The lines of a long span, read only where a page shows them."""

    def __init__(self, snapshots: SnapshotQuerySet, newest: Sequence[Counted]) -> None:
        self._snapshots = snapshots
        self._newest = newest

    def __len__(self) -> int:
        return sum(each.length for each in self._newest)

    def __getitem__(self, window: slice) -> list[Line]:
        first, last = window.start or 0, window.stop
        wanted, skipped, at = [], 0, 0
        for each in self._newest:
            if at + each.length <= first:
                skipped = at + each.length
            elif at < last:
                wanted.append(each.pk)
            at += each.length
        by_key = self._snapshots.order_by().in_bulk(wanted)
        lines = lines_of([by_key[pk] for pk in wanted], ChangesForm({}))
        return lines[first - skipped : last - skipped]


def _touched(catalog: Catalog, words: Sequence[str]) -> list[int]:
    """Return the numbers of the last snapshots that changed an id whose texts hold all words."""
    rows = LISTINGS[catalog.kind].objects.filter(catalog=catalog)
    for word in words:
        condition = Q(item_id__icontains=word)
        for searched in spec_of(catalog).searched:
            condition |= Q(**{f"{searched.name}__icontains": word})
        rows = rows.filter(condition)
    numbers: set[int] = set()
    for first, ended in rows.values_list("first", "ended").order_by("-first")[: 4 * MOST_TOUCHED]:
        numbers |= {first, ended or first}
    return sorted(numbers, reverse=True)[:MOST_TOUCHED]
