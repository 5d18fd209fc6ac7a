"""One item's page: what it means, since when, and what it meant before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from xdportal.catalog import grading, history, sentences
from xdportal.catalog.grades import Grade
from xdportal.catalog.history import Moment, Timeline
from xdportal.catalog.kinds import CatalogKind
from xdportal.catalog.models import Listing
from xdportal.lib.charts import Bar, Segment, segments

LATELY = timedelta(days=30)  # so long a change is the first thing to say
GRAVE = (Grade.SYSTEM, Grade.TYPE, Grade.HARDWARE, Grade.REUSED)  # the id means something else
SAID = (
    *GRAVE,
    *(Grade.EXPIRED, Grade.ATTENTION, Grade.VERSION, Grade.AMBIGUOUS),
    *(Grade.UP, Grade.DOWN, Grade.RETURNED),
)
NOTES = {Grade.UP: "warning", Grade.VERSION: "warning", Grade.AMBIGUOUS: "warning"}
CALM = (Grade.DOWN, Grade.RETURNED)


@dataclass(frozen=True, slots=True)
class Event:
    """A moment of an item's life with its grade."""

    grade: Grade
    moment: Moment


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said first."""

    grade: Grade
    at: datetime
    before: str
    after: str
    words: str  # the fields that differ
    absent: timedelta | None

    @property
    def css(self) -> str:
        """Return the look of its note."""
        if self.grade in CALM:
            return "success"
        return NOTES.get(self.grade, "crit")

    @property
    def icon(self) -> str:
        return "check" if self.grade in CALM else "warn"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the id stood for over some snapshots; without words: not listed."""

    words: str
    start: datetime
    end: datetime
    css: str
    number: int  # of the snapshot it began with


def events_of(kind: CatalogKind, timeline: Timeline) -> list[Event]:
    """Return the moments with their grades, newest first."""
    return [Event(_grade(kind, timeline.rows, moment), moment) for moment in timeline.moments]


def verdict_on(
    kind: CatalogKind, timeline: Timeline, events: Sequence[Event], now: datetime
) -> Verdict | None:
    """Return the latest event that matters to users of the id; None if there was none lately."""
    if not timeline.is_listed:
        return _verdict(kind, events[0])
    recent = [event for event in events if now - event.moment.snapshot.taken_at <= LATELY]
    said = [event for event in recent if event.grade in SAID]
    return _verdict(kind, said[0]) if said else None


def meanings_of(
    kind: CatalogKind, timeline: Timeline, verdict: Verdict | None, now: datetime
) -> list[Meaning]:
    """Return the stretches of one meaning each, oldest first."""
    changes = [moment.snapshot for moment in reversed(timeline.moments)]
    numbers = [snapshot.number for snapshot in changes]
    ends = [*(snapshot.taken_at for snapshot in changes[1:]), now]
    found: list[Meaning] = []
    for number, snapshot, end in zip(numbers, changes, ends, strict=True):
        words = _meaning_at(kind, timeline.rows, number)
        goes_on = bool(found) and found[-1].words == words
        if goes_on:
            found[-1] = replace(found[-1], end=end)
        else:
            css = "old" if words else "none"
            found.append(Meaning(words, snapshot.taken_at, end, css, number))
    if found and found[-1].words:
        is_grave = verdict is not None and verdict.grade in GRAVE
        found[-1] = replace(found[-1], css="crit" if is_grave else "ok")
    return found


def bars_of(meanings: Sequence[Meaning]) -> list[Bar]:
    """Return the bar of an item's life: a part for each meaning."""
    lengths = [(meaning.end - meaning.start).total_seconds() for meaning in meanings]
    parts = zip(meanings, lengths, strict=True)
    return segments([Segment(meaning.css, length) for meaning, length in parts])


def _grade(kind: CatalogKind, rows: Sequence[Listing], moment: Moment) -> Grade:
    happening = history.happening_at(moment.change.item_id, rows, moment.snapshot.number)
    return grading.grade_of_happening(kind, happening)


def _verdict(kind: CatalogKind, event: Event) -> Verdict:
    change = event.moment.change
    return Verdict(
        grade=event.grade,
        at=event.moment.snapshot.taken_at,
        before=sentences.describe_all(kind, change.before),
        after=sentences.describe_all(kind, change.after),
        words=sentences.differences_in_words(kind, change),
        absent=event.moment.absent,
    )


def _meaning_at(kind: CatalogKind, rows: Sequence[Any], number: int) -> str:
    """Return what was listed at a snapshot, in words, without what may change at any time."""
    held = [
        row for row in rows if row.first <= number and (row.ended is None or row.ended > number)
    ]
    return sentences.describe_all(kind, sorted({row.record for row in held}))
