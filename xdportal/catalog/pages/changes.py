"""Changes as a page shows them: day by day, quiet stretches in one line."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xdportal.catalog import grading, history
from xdportal.catalog.compare import Change
from xdportal.catalog.grades import LOOKS, Grade
from xdportal.catalog.history import Happening
from xdportal.catalog.kinds import CatalogKind, spec_of
from xdportal.catalog.models import Snapshot
from xdportal.catalog.models.snapshot import SnapshotQuerySet
from xdportal.provider.records import Record

MOST_LINES = 50  # of one snapshot, where many stand together
UPHEAVAL = 1000  # changes of one snapshot; beyond, it is one line that leads to the comparison
KINDS = ("added", "removed", "changed")
ALL_LISTS = _("All lists")
PACKAGES = _("Packages")
SPANS = (("1", _("24 hours")), ("7", _("7 days")), ("30", _("30 days")), ("", _("All time")))


class ChangesForm(forms.Form):
    """The query string of the changes page. What makes no sense is left out and said beside the
    field.
    """

    kind = forms.MultipleChoiceField(
        choices=[
            ("added", _("Added")),
            ("removed", pgettext_lazy("kind", "Withdrawn")),
            ("changed", pgettext_lazy("kind", "Changed")),
        ],
        required=False,
    )
    grade = forms.MultipleChoiceField(
        choices=[(grade.value, look.label) for grade, look in LOOKS.items()], required=False
    )
    q = forms.CharField(max_length=200, required=False, label=_("IDs or system"))
    image = forms.CharField(max_length=128, required=False, label=_("ID"))
    days = forms.ChoiceField(choices=[*SPANS, ("all", _("All time"))], required=False)
    since = forms.DateField(
        required=False, label=_("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label=_("To"), widget=forms.DateInput(attrs={"type": "date"})
    )

    @property
    def asked(self) -> dict[str, object]:
        """Return what is asked for and makes sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def has_filter(self) -> bool:
        """Whether anything but the span leaves changes out."""
        return bool(self.asked.keys() & {"kind", "grade", "q", "image"})

    @property
    def words(self) -> list[str]:
        """Return the words that are looked for."""
        asked = str(self.asked.get("q", "")).replace("\0", " ")
        return list(dict.fromkeys(asked.casefold().split()))[:8]

    def start(self, now: datetime) -> datetime | None:
        asked = self.asked
        if isinstance(since := asked.get("since"), date):
            return timezone.make_aware(datetime.combine(since, time()))
        days = str(asked.get("days", ""))
        return now - timedelta(days=int(days)) if days.isdecimal() else None

    def snapshots(self, snapshots: SnapshotQuerySet, now: datetime) -> SnapshotQuerySet:
        """Return those of the span, newest first."""
        found = snapshots.order_by("-taken_at", "-pk")
        start = self.start(now)
        if start is not None:
            found = found.filter(taken_at__gte=start)
        if until := self.asked.get("until"):
            found = found.filter(taken_at__date__lte=until)
        if self.has_filter:
            found = found.with_changes()
        return found

    def wants(self, change: Change, grade: Grade) -> bool:
        asked = self.asked
        kind = "added" if change.kind == "returned" else change.kind
        kinds, grades = asked.get("kind"), asked.get("grade")
        if isinstance(kinds, list) and kind not in kinds:
            return False
        if isinstance(grades, list) and grade not in grades:
            return False
        if asked.get("image") not in (None, change.item_id):
            return False
        return self._holds_words(change)

    def _holds_words(self, change: Change) -> bool:
        words = self.words
        if not words:
            return True
        texts = [text for record in (*change.before, *change.after) for text in record]
        everything = "\n".join([change.item_id, *texts]).casefold()
        return all(word in everything for word in words)


@dataclass(slots=True)
class Line:
    """One change; without one, a snapshot that stands for itself: a first list, or an upheaval."""

    snapshot: Snapshot
    change: Change | None = None
    grade: Grade | None = None
    was: tuple[Record, ...] = ()  # for a return: what it was before it went

    @property
    def template(self) -> str:
        """Return what tells the change."""
        is_reused = self.grade is Grade.REUSED
        return "catalog/_reused.html" if is_reused else "catalog/_what.html"


@dataclass(slots=True)
class Entry:
    """A snapshot and the lines shown of it; `left_out` more stand in the comparison."""

    snapshot: Snapshot
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0

    @property
    def changes(self) -> list[Change]:
        return [line.change for line in self.lines if line.change is not None]

    @property
    def is_first(self) -> bool:
        return self.snapshot.number == 1

    @property
    def number(self) -> int:
        """Of the changes that were asked for."""
        return len(self.lines) + self.left_out

    @property
    def grades(self) -> list[tuple[Grade, int]]:
        """Return how many of the lines have each grade, the gravest first."""
        return counted(self.lines)


@dataclass(slots=True)
class Day:
    """One day with changes, or a stretch of days without any (`until` is its later end)."""

    day: date
    until: date
    entries: list[Entry] = field(default_factory=list)
    quiet_checks: int = 0

    @property
    def grades(self) -> list[tuple[Grade, int]]:
        return counted(line for entry in self.entries for line in entry.lines)


def counted(lines: Iterable[Line]) -> list[tuple[Grade, int]]:
    numbers = Counter(line.grade for line in lines if line.grade is not None)
    return [(grade, numbers[grade]) for grade in grading.in_order(numbers)]


def lines_of(
    snapshots: Sequence[Snapshot], form: ChangesForm, *, whole: bool = False
) -> list[Line]:
    """Return the changes that are asked for, the gravest of each snapshot first. Two queries a
    kind.

    `whole`: those of upheavals, too.
    """
    few = [one for one in snapshots if stands_for_changes(one) or (whole and one.number > 1)]
    happenings = history.happenings_of(few) if few else {}
    lines = []
    for snapshot in snapshots:
        if snapshot.pk not in happenings:
            lines += [] if form.has_filter else [Line(snapshot)]
            continue
        kind = spec_of(snapshot.catalog)
        graded = [_line(kind, snapshot, happening) for happening in happenings[snapshot.pk]]
        lines += sorted((line for line in graded if _is_wanted(form, line)), key=_rank)
    return lines


def _is_wanted(form: ChangesForm, line: Line) -> bool:
    if line.change is None or line.grade is None:
        return False
    return form.wants(line.change, line.grade)


def _rank(line: Line) -> int:
    return grading.ORDER[line.grade] if line.grade is not None else 0


def _line(kind: CatalogKind, snapshot: Snapshot, happening: Happening) -> Line:
    grade = grading.grade_of_happening(kind, happening)
    return Line(snapshot, happening.change, grade, happening.was)


def stands_for_changes(snapshot: Snapshot) -> bool:
    return snapshot.number > 1 and snapshot.change_count <= UPHEAVAL


def entries_of(lines: Iterable[Line], most: int | None = None) -> list[Entry]:
    """Return the lines by snapshot, at most so many of each."""
    entries: list[Entry] = []
    for line in lines:
        if not entries or entries[-1].snapshot != line.snapshot:
            entries.append(Entry(line.snapshot))
        entry = entries[-1]
        if line.change is None:
            entry.left_out = 0 if entry.is_first else line.snapshot.change_count
        elif most is not None and len(entry.lines) >= most:
            entry.left_out += 1
        else:
            entry.lines.append(line)
    return entries


def by_day(entries: Iterable[Entry], checks: Mapping[date, int], *, quiet: bool) -> list[Day]:
    """Newest first. With `quiet`, the stretches between and the one since are shown too, with the
    number of their checks.
    """
    days: list[Day] = []
    for entry in entries:
        day = timezone.localdate(entry.snapshot.taken_at)
        if not days or days[-1].day != day:
            if quiet:
                end = days[-1].day - timedelta(days=1) if days else max(checks, default=day)
                days += _stretch(day + timedelta(days=1), end, checks)
            days.append(Day(day, day, quiet_checks=checks.get(day, 0) if quiet else 0))
        days[-1].entries.append(entry)
    for shown in days:
        if shown.entries:
            shown.quiet_checks = max(shown.quiet_checks - len(shown.entries), 0)
    return days


def _stretch(start: date, end: date, checks: Mapping[date, int]) -> list[Day]:
    number = sum(count for day, count in checks.items() if start <= day <= end)
    return [Day(start, end, quiet_checks=number)] if number else []
