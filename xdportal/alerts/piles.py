"""Ids in piles: changed, withdrawn, never listed, unknown, fine. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from xdportal.alerts.models import Pin
from xdportal.alerts.pins.grades import grade_of_fields
from xdportal.alerts.pins.meaning import differences, meaning_of
from xdportal.catalog.grades import Grade
from xdportal.catalog.models import Catalog, Listing
from xdportal.catalog.pages.fates import Fate
from xdportal.catalog.pasted_ids import ANY, IMAGES, PACKAGES, PastedId
from xdportal.catalog.replacements import Meaning
from xdportal.connections.models import Connection

PACKAGE_KINDS = (Catalog.Kind.PACKAGES_PAYG, Catalog.Kind.PACKAGES_RENTAL)


class Pile(StrEnum):
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    NEVER = "never"
    UNKNOWN = "unknown"
    FINE = "fine"

    @property
    def is_broken(self) -> bool:
        return self in (Pile.CHANGED, Pile.WITHDRAWN)


# Of several answers this one counts. A list that is up to date vouches for an id that an older
# list can't say anything of.
GRAVITY = (Pile.CHANGED, Pile.WITHDRAWN, Pile.FINE, Pile.UNKNOWN, Pile.NEVER)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a list says of an id, against what the id was taken to mean."""

    fate: Fate
    pile: Pile
    grade: Grade
    was: Meaning  # what it was pinned as, or meant before; the same as now if nothing changed
    now: Meaning  # empty if it is not listed any more
    pins: tuple[Pin, ...] = ()
    lists: tuple[Catalog, ...] = ()  # that say the same

    @property
    def places(self) -> list[Connection]:
        """Return whose lists say so."""
        return list({one.connection_id: one.connection for one in self.lists}.values())

    @property
    def sort(self) -> str:
        return PACKAGES if self.fate.catalog.kind in PACKAGE_KINDS else IMAGES


@dataclass(frozen=True, slots=True)
class Case:
    """One id of the text, and what was found out about it."""

    pasted: PastedId
    answers: list[Answer] = field(default_factory=list)  # of the lists asked, the gravest first
    elsewhere: list[Answer] = field(default_factory=list)  # of others, if those asked had none

    @property
    def id(self) -> str:
        return self.pasted.id

    @property
    def pile(self) -> Pile:
        return self.answers[0].pile if self.answers else Pile.NEVER

    @property
    def answer(self) -> Answer | None:
        return self.answers[0] if self.answers else None

    @property
    def pins(self) -> list[Pin]:
        found = {pin.pk: pin for answer in self.answers for pin in answer.pins}
        return list(found.values())


def answer_of(fate: Fate, since: datetime, pins: Sequence[Pin], is_trusted: bool) -> Answer:
    """Judge an id by the meaning it was pinned with, otherwise by what it meant at `since`."""
    listed = _meaning(fate.now)
    if not fate.is_listed:
        return Answer(fate, Pile.WITHDRAWN, Grade.WITHDRAWN, listed, {}, tuple(pins))
    was = _expected(fate, since, pins, listed)
    differing = differences(was, listed).real
    if differing:
        grade = grade_of_fields(differing)
        return Answer(fate, Pile.CHANGED, grade, was, listed, tuple(pins))
    if fate.grade is Grade.AMBIGUOUS:
        return Answer(fate, Pile.UNKNOWN, Grade.AMBIGUOUS, listed, listed, tuple(pins))
    if not is_trusted:
        return Answer(fate, Pile.UNKNOWN, Grade.UNKNOWN, listed, listed, tuple(pins))
    return Answer(fate, Pile.FINE, Grade.FINE, listed, listed, tuple(pins))


def _expected(fate: Fate, since: datetime, pins: Sequence[Pin], listed: Meaning) -> Meaning:
    pinned: list[Meaning] = [pin.revision.meaning for pin in pins if pin.revision.meaning]
    broken = [meaning for meaning in pinned if differences(meaning, listed).real]
    if pinned:
        return broken[0] if broken else listed
    if fate.before is not None and fate.at >= since:
        return _meaning(fate.before)
    return listed


def _meaning(listing: Listing) -> Meaning:
    return meaning_of(listing.catalog.kind, listing.record)


def case_of(pasted: PastedId, answers: Iterable[Answer], elsewhere: Iterable[Answer]) -> Case:
    own = merged(_of_sort(pasted.sort, list(answers)))
    own.sort(key=lambda answer: GRAVITY.index(answer.pile))
    if own:
        return Case(pasted, own)
    listed = [answer for answer in elsewhere if answer.now]
    return Case(pasted, [], merged(_of_sort(pasted.sort, listed)))


def _of_sort(sort: str, answers: list[Answer]) -> list[Answer]:
    """Keep images for what is named an image; unless there are only packages of this id."""
    of_sort = [answer for answer in answers if sort in (ANY, answer.sort)]
    return of_sort or answers


def merged(answers: Iterable[Answer]) -> list[Answer]:
    """Make one of equal answers. If one of them comes from a list that is up to date, it counts."""
    groups: dict[tuple[object, ...], list[Answer]] = defaultdict(list)
    for answer in answers:
        key = (answer.sort, answer.pile.is_broken, _key(answer.was), _key(answer.now))
        groups[key].append(answer)
    return [_one_of(group) for group in groups.values()]


def _key(meaning: Meaning) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(meaning.items()))


def _one_of(group: Sequence[Answer]) -> Answer:
    gravest = min(group, key=lambda answer: GRAVITY.index(answer.pile))
    same = [answer for answer in group if answer.pile is gravest.pile]
    pins = {pin.pk: pin for answer in group for pin in answer.pins}
    lists = tuple(answer.fate.catalog for answer in same)
    return replace(gravest, pins=tuple(pins.values()), lists=lists)


def piled(cases: Iterable[Case]) -> dict[Pile, list[Case]]:
    """Return every pile with its cases; an id is in exactly one."""
    piles: dict[Pile, list[Case]] = {pile: [] for pile in Pile}
    for case in cases:
        piles[case.pile].append(case)
    return piles
