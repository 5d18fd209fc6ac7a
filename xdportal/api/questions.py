"""What a pipeline asks about ids, judged like pins.

A question is evaluated as a pin that is not saved. Its meaning is the one that was sent, else that
of the team's own pin, else what the id means now, so that only being listed is checked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from xdportal.accounts.access import Viewer
from xdportal.alerts.models import Pin, PinRevision
from xdportal.alerts.pins import rows
from xdportal.alerts.pins.judge import Span
from xdportal.alerts.pins.meaning import MEANING, differences, meaning_of
from xdportal.alerts.pins.rows import Key
from xdportal.alerts.pins.state import Finding, Known, Subject, findings_of
from xdportal.api import problems
from xdportal.catalog.models import Catalog
from xdportal.catalog.replacements import Meaning


@dataclass(frozen=True)
class Ignore:
    levels: Sequence[str]
    until: datetime

    def covers(self, level: str | None, at: datetime) -> bool:
        return level in self.levels and at < self.until


@dataclass
class Question:
    catalog: Catalog
    item_id: str
    meaning: Mapping[str, str] | None = None
    ignore: Ignore | None = None
    place: str = ""  # in the body, for what is refused


@dataclass
class Answered:
    question: Question
    finding: Finding
    pin: Pin | None  # the team's own, if it has one for this id
    is_ignored: bool = False
    level: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.level = self.finding.level.value if self.finding.level else None


def answer(questions: Sequence[Question], viewer: Viewer, at: datetime) -> list[Answered]:
    """Return the findings in the order of the questions; a constant number of queries."""
    known = _known(questions)
    own = _own_pins(questions, viewer)
    asked = _Asked(known, own, at)
    subjects = [asked.subject(-number, one) for number, one in enumerate(questions, 1)]
    findings = findings_of(subjects, known, at)
    answered = []
    for subject, question in zip(subjects, questions, strict=True):
        one = Answered(question, findings[subject.pin.pk], own.get(_key(question)))
        ignore = question.ignore
        one.is_ignored = ignore is not None and ignore.covers(one.level, at)
        answered.append(one)
    return answered


@dataclass(frozen=True)
class _Asked:
    """Turns questions into pins that are not saved."""

    known: Known
    own: Mapping[Key, Pin]
    at: datetime

    def subject(self, number: int, question: Question) -> Subject:
        """Return a pin with its revision. They name rows by their keys alone."""
        own = self.own.get(_key(question))
        catalog = question.catalog
        pin = Pin(
            pk=number,
            team_id=catalog.connection.team_id,
            catalog_id=catalog.pk,
            name=own.name if own else question.item_id,
            item_id=question.item_id,
            exact=own.exact if own else False,
            ceiling=own.ceiling if own else None,
        )
        meaning, snapshot = self._pinned(question, own)
        revision = PinRevision(
            pin_id=number,
            number=0,
            catalog_id=catalog.pk,
            item_id=question.item_id,
            meaning=dict(meaning),
            snapshot=snapshot,
            at=self.at,
        )
        return Subject(pin, revision)

    def _pinned(self, question: Question, own: Pin | None) -> tuple[Meaning, int]:
        """Return what the id is to mean, and the snapshot at which it did."""
        catalog = question.catalog
        spans = self.known.spans.get(_key(question), [])
        if question.meaning is not None:
            return question.meaning, _last_meant(catalog, question.meaning, spans)
        if own is not None:
            return own.revision.meaning, own.revision.snapshot
        return _present(catalog, spans), catalog.latest_number


def _known(questions: Sequence[Question]) -> Known:
    """Return what the lists say; they are joined with what their state needs. One query a table."""
    catalogs = {one.catalog.pk: one.catalog for one in questions}
    return Known(
        catalogs=catalogs,
        numbers={key: catalog.latest_number for key, catalog in catalogs.items()},
        spans=rows.spans_of((one.catalog, one.item_id) for one in questions),
    )


def checked_meaning(kind: str, given: Mapping[str, str], place: str) -> Mapping[str, str] | None:
    """Return the meaning with its texts tidied; None for an empty one."""
    for name in given:
        if name not in MEANING[kind]:
            raise problems.invalid(f"{place}.meaning.{name}", _("There is no such field."))
    return {name: " ".join(text.split()) for name, text in given.items()} or None


def _key(question: Question) -> Key:
    return question.catalog.pk, question.item_id


def _own_pins(questions: Sequence[Question], viewer: Viewer) -> dict[Key, Pin]:
    """Return the team's pins of these ids. One query."""
    wanted = {_key(one) for one in questions}
    found = Pin.objects.visible_to(viewer).select_related("current").order_by("-name", "-pk")
    of_ids = found.filter(
        catalog__in={catalog_id for catalog_id, _item_id in wanted},
        item_id__in={item_id for _catalog_id, item_id in wanted},
    )
    pins = {(pin.catalog_id, pin.item_id): pin for pin in of_ids}
    return {key: pin for key, pin in pins.items() if key in wanted}


def _present(catalog: Catalog, spans: Iterable[Span]) -> Meaning:
    """Return what the id means now, or meant last; nothing if it was never listed."""
    last = min(spans, key=lambda span: (-(span.ended or 2**62), span.record), default=None)
    return meaning_of(catalog.kind, last.record) if last else {}


def _last_meant(catalog: Catalog, meaning: Meaning, spans: Iterable[Span]) -> int:
    """Return the last snapshot that lists the id with this meaning; the latest, if none ever did.

    What was withdrawn after it and is back with another meaning was reused.
    """
    with_meaning = [
        span
        for span in spans
        if not differences(meaning, meaning_of(catalog.kind, span.record)).real
    ]
    if not with_meaning:
        return catalog.latest_number
    ends = [span.ended for span in with_meaning]
    closed = [end for end in ends if end is not None]
    return max(closed) - 1 if len(closed) == len(ends) else catalog.latest_number
