"""Changes as a page tells them: day by day, quiet stretches in one line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xdportal.catalog import history
from xdportal.catalog.compare import Change
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.models.snapshot import SnapshotQuerySet

MOST_LINES = 50  # of one snapshot; beyond, the comparison shows them
KINDS = ("added", "removed", "changed")


class ChangesForm(forms.Form):
    """The query string of the changes page. What makes no sense is left out and said beside the field."""

    kind = forms.MultipleChoiceField(
        choices=[("added", _("Added")), ("removed", _("Removed")), ("changed", pgettext_lazy("kind", "Changed"))],
        required=False,
    )
    image = forms.CharField(max_length=128, required=False, label=_("Image ID"))
    since = forms.DateField(required=False, label=_("Since"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def snapshots(self, catalog: Catalog) -> SnapshotQuerySet:
        """Snapshots that hold a change of what is asked for, newest first."""
        self.is_valid()
        asked = self.cleaned_data
        snapshots = catalog.snapshots.newest_first()
        if kinds := asked.get("kind"):
            any_of = Q(pk__in=[])
            for kind in kinds:
                any_of |= Q(**{f"{kind}__gt": 0})
            snapshots = snapshots.filter(any_of, number__gt=1)
        if image := asked.get("image"):
            life = history.timeline(catalog, image)
            moments = life.moments if life else []
            snapshots = snapshots.filter(pk__in=[moment.snapshot.pk for moment in moments if self.wants(moment.change)])
        if since := asked.get("since"):
            snapshots = snapshots.filter(taken_at__date__gte=since)
        if until := asked.get("until"):
            snapshots = snapshots.filter(taken_at__date__lte=until)
        return snapshots

    def wants(self, change: Change) -> bool:
        asked = self.cleaned_data
        kind = "added" if change.kind == "returned" else change.kind
        return (not asked.get("kind") or kind in asked["kind"]) and asked.get("image") in ("", None, change.item_id)


@dataclass(slots=True)
class Entry:
    """A snapshot and the lines shown of it; `left_out` more stand in the comparison."""

    snapshot: Snapshot
    changes: list[Change]
    left_out: int = 0

    @property
    def is_first(self) -> bool:
        return self.snapshot.number == 1

    @property
    def number(self) -> int:
        """Of the changes that were asked for."""
        return len(self.changes) + self.left_out


@dataclass(slots=True)
class Day:
    """One day with changes, or a stretch of days without any (`until` is its later end)."""

    day: date
    until: date
    entries: list[Entry] = field(default_factory=list)
    quiet_checks: int = 0


def entries_of(snapshots: Sequence[Snapshot], form: ChangesForm | None = None, most: int = MOST_LINES) -> list[Entry]:
    """With all their changes where those are few; the first list and great upheavals are only counted."""
    told = [s for s in snapshots if s.number > 1 and s.change_count <= 20 * MOST_LINES]
    changes = history.changes_of(told) if told else {}
    entries = []
    for snapshot in snapshots:
        wanted = [c for c in changes.get(snapshot.pk, []) if form is None or form.wants(c)]
        left_out = len(wanted) - most if snapshot.pk in changes else snapshot.change_count
        entries.append(Entry(snapshot, wanted[:most], max(left_out, 0) if snapshot.number > 1 else 0))
    return entries


def by_day(entries: Iterable[Entry], checks: Mapping[date, int], *, quiet: bool) -> list[Day]:
    """Newest first. With `quiet`, the stretches between are told as well, with the number of their checks."""
    days: list[Day] = []
    for entry in entries:
        day = timezone.localdate(entry.snapshot.taken_at)
        if not days or days[-1].day != day:
            if quiet and days:
                days += _stretch(day + timedelta(days=1), days[-1].day - timedelta(days=1), checks)
            days.append(Day(day, day, quiet_checks=checks.get(day, 0) if quiet else 0))
        days[-1].entries.append(entry)
    for told in days:
        told.quiet_checks = max(told.quiet_checks - len(told.entries), 0) if told.entries else told.quiet_checks
    return days


def _stretch(start: date, end: date, checks: Mapping[date, int]) -> list[Day]:
    number = sum(count for day, count in checks.items() if start <= day <= end)
    return [Day(start, end, quiet_checks=number)] if number else []
