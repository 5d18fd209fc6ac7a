"""Check my ids: what happened to the ids of a pasted text, in piles."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts.corrections import is_listed_alike, only_same
from xdportal.alerts.models import Pin
from xdportal.alerts.pages.meanings import Part, compared
from xdportal.alerts.piles import Answer, Case, Pile, answer_of, case_of, piled
from xdportal.alerts.pins.judge import Span
from xdportal.alerts.pins.meaning import meaning_of
from xdportal.alerts.pins.rows import Key, spans_of
from xdportal.alerts.pins.successors import Leaver, successors_to
from xdportal.catalog.grades import Grade
from xdportal.catalog.models import Catalog, ImageListing, PackageListing, PersonalListing
from xdportal.catalog.pages.fates import fates_in
from xdportal.catalog.pages.state import StateName, state_of
from xdportal.catalog.pasted_ids import PastedIds
from xdportal.catalog.replacements import Meaning, Replacement
from xdportal.connections.models import Connection

RECENT = timedelta(days=30)  # a change of an id that is not pinned counts for so long
MOST_INSTEAD = 2
TABLES = (ImageListing, PackageListing, PersonalListing)


class Head(NamedTuple):
    """How a pile is called, and its sign."""

    label: Promise
    grade: Grade
    is_red: bool = False


HEADS: dict[Pile, Head] = {
    Pile.CHANGED: Head(_("Changed meaning"), Grade.SYSTEM, True),
    Pile.WITHDRAWN: Head(_("Withdrawn"), Grade.WITHDRAWN, True),
    Pile.NEVER: Head(_("Never listed"), Grade.NEVER),
    Pile.UNKNOWN: Head(_("Unknown"), Grade.UNKNOWN),
    Pile.FINE: Head(_("Fine"), Grade.FINE),
}


class Shown(NamedTuple):
    """An answer with its meaning in parts."""

    answer: Answer
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Row:
    """A case as the page shows it."""

    case: Case
    answers: list[Shown]  # the gravest first
    elsewhere: list[Shown]
    instead: list[Replacement]


@dataclass(frozen=True, slots=True)
class Heap:
    """A pile with its rows."""

    pile: Pile
    rows: list[Row]

    @property
    def head(self) -> Head:
        return HEADS[self.pile]

    @property
    def ids(self) -> str:
        """Return its ids, one a line, as they are copied."""
        return "\n".join(row.case.id for row in self.rows)


class Unpinned(NamedTuple):
    """Ids that are fine in a list, and that the team has not pinned."""

    catalog: Catalog
    ids: list[str]

    @property
    def place(self) -> str:
        return f"{self.catalog.connection} · {self.catalog.get_kind_display()}"

    @property
    def lines(self) -> str:
        """Return the ids as the form of pins takes them."""
        return "\n".join(self.ids)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which lists are asked, which others may know an id, and since when a change counts."""

    asked: Sequence[Catalog]
    others: Sequence[Catalog]
    since: datetime


@dataclass(frozen=True, slots=True)
class Result:
    scope: Scope
    heaps: list[Heap]  # the gravest first; one of unknown ids only if there are any
    left_out: int
    doubtful: list[Connection]  # with a list that can't be relied on, if that leaves ids unsure
    corrections: dict[str, str]  # what to write instead of broken ids, where that is sure

    @property
    def total(self) -> int:
        return sum(len(heap.rows) for heap in self.heaps)

    @property
    def broken(self) -> int:
        return sum(len(heap.rows) for heap in self.heaps if heap.head.is_red)

    @property
    def replaced(self) -> list[tuple[str, str]]:
        return list(self.corrections.items())

    @property
    def unpinned(self) -> list[Unpinned]:
        fine = [row.case for heap in self.heaps if heap.pile is Pile.FINE for row in heap.rows]
        by_list: dict[int, Unpinned] = {}
        for case in fine:
            if case.answer is None or case.pins:
                continue
            catalog = case.answer.fate.catalog
            by_list.setdefault(catalog.pk, Unpinned(catalog, [])).ids.append(case.id)
        return list(by_list.values())


def catalogs_of(viewer: Viewer) -> list[Catalog]:
    """Return every list that is read, with what its state needs. One query."""
    visible = Catalog.objects.visible_to(viewer).enabled()
    joined = visible.select_related("connection__team", "latest_snapshot", "quarantined")
    return list(joined.order_by("connection__name", "connection_id", "pk"))


def scope_of(catalogs: Iterable[Catalog], team: Team, connection: str, since: datetime) -> Scope:
    """Divide the lists: those of the team, or of one of its connections, and all others."""
    asked: list[Catalog] = []
    others: list[Catalog] = []
    for catalog in catalogs:
        is_own = catalog.connection.team_id == team.pk
        is_asked = is_own and connection in ("", catalog.slug)
        (asked if is_asked else others).append(catalog)
    return Scope(asked, others, since)


def check(pasted: PastedIds, scope: Scope, team: Team, at: datetime) -> Result:
    """Put the ids in piles. At most nine queries for any number of ids."""
    cases = _cases(pasted, scope, team, at)
    successors = successors_to(_leavers(cases))
    heaps = []
    for pile, of_pile in piled(cases).items():
        if of_pile or pile is not Pile.UNKNOWN:
            heaps.append(Heap(pile, [_row(case, successors) for case in of_pile]))
    unsure = any(case.pile in (Pile.NEVER, Pile.UNKNOWN) for case in cases)
    doubtful = _doubtful(scope.asked, at) if unsure else []
    corrections = _corrections(cases, successors, at)
    return Result(scope, heaps, pasted.left_out, doubtful, corrections)


def _cases(pasted: PastedIds, scope: Scope, team: Team, at: datetime) -> list[Case]:
    wanted = [one.id for one in pasted.ids]
    pins = _pins_of(team, wanted)
    trusted = {catalog.pk for catalog in scope.asked if _is_trusted(catalog, at)}
    asked = {catalog.pk for catalog in scope.asked}
    own: dict[str, list[Answer]] = defaultdict(list)
    elsewhere: dict[str, list[Answer]] = defaultdict(list)
    for fate in fates_in([*scope.asked, *scope.others], dict.fromkeys(TABLES, wanted)):
        of_id = pins.get((fate.catalog.pk, fate.item_id), [])
        answer = answer_of(fate, scope.since, of_id, fate.catalog.pk in trusted)
        (own if fate.catalog.pk in asked else elsewhere)[fate.item_id].append(answer)
    return [case_of(one, own[one.id], elsewhere[one.id]) for one in pasted.ids]


def _pins_of(team: Team, wanted: Collection[str]) -> Mapping[tuple[int, str], list[Pin]]:
    """Return the team's pins of the ids, by list and id. One query."""
    pins: dict[tuple[int, str], list[Pin]] = defaultdict(list)
    rows = Pin.objects.filter(team=team, item_id__in=wanted, current__isnull=False)
    for pin in rows.select_related("current"):
        pins[pin.catalog_id, pin.item_id].append(pin)
    return pins


def _is_trusted(catalog: Catalog, at: datetime) -> bool:
    return state_of(catalog, at).name is StateName.OK


def _doubtful(catalogs: Iterable[Catalog], at: datetime) -> list[Connection]:
    """Return whose lists can't be relied on; one that was never read can't, either."""
    doubtful = [catalog for catalog in catalogs if not _is_trusted(catalog, at)]
    return list({catalog.connection_id: catalog.connection for catalog in doubtful}.values())


def _leavers(cases: Iterable[Case]) -> dict[str, Leaver]:
    """Return the ids that something has to take over from."""
    leavers = {}
    for case in cases:
        answer = case.answer
        if answer is None or not answer.pile.is_broken:
            continue
        catalog = answer.fate.catalog
        leavers[case.id] = Leaver(catalog, case.id, answer.was, catalog.latest_number)
    return leavers


def _corrections(
    cases: Iterable[Case], successors: Mapping[str, Sequence[Replacement]], at: datetime
) -> dict[str, str]:
    """Return what to write instead of broken ids: what every list of the broken id has, too.

    One query a table of listings.
    """
    chosen = {}
    for case in cases:
        successor = only_same(case, successors.get(case.id, ()))
        if successor and all(_is_trusted(catalog, at) for catalog in case.answers[0].lists):
            chosen[case.id] = (successor, case.answers[0].lists)
    wanted = [(catalog, one.item_id) for one, catalogs in chosen.values() for catalog in catalogs]
    spans = spans_of(wanted)
    corrections = {}
    for item_id, (successor, catalogs) in chosen.items():
        listed = [_meanings(catalog, successor.item_id, spans) for catalog in catalogs]
        if is_listed_alike(successor, listed):
            corrections[item_id] = successor.item_id
    return corrections


def _meanings(catalog: Catalog, item_id: str, spans: Mapping[Key, Sequence[Span]]) -> list[Meaning]:
    """Return what an id means in a list now; several meanings if it is listed several times."""
    of_id = spans.get((catalog.pk, item_id), ())
    current = [span for span in of_id if span.holds(catalog.latest_number)]
    return [meaning_of(catalog.kind, span.record) for span in current]


def _row(case: Case, successors: Mapping[str, Sequence[Replacement]]) -> Row:
    instead = list(successors.get(case.id, ()))[:MOST_INSTEAD]
    return Row(case, _shown(case.answers), _shown(case.elsewhere), instead)


def _shown(answers: Iterable[Answer]) -> list[Shown]:
    found = []
    for answer in answers:
        parts = compared(answer.fate.kind, answer.was, answer.now or answer.was)
        found.append(Shown(answer, parts))
    return found
