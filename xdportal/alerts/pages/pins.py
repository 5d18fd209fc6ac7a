"""A team's pins as their page shows them: grouped by what needs a person, filtered by a query."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team, User
from xdportal.alerts import sentences
from xdportal.alerts.channels.message import Level
from xdportal.alerts.models import Pin
from xdportal.alerts.models.pin import PinQuerySet
from xdportal.alerts.pages.meanings import Part, parts_of
from xdportal.alerts.pins.grades import grade_of
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import State
from xdportal.catalog.grades import Grade
from xdportal.connections.models import Connection

LONGEST_QUERY = 200
SORTS = {
    "name": _("Name"),
    "id": _("ID"),
    "connection": _("Connection"),
    "used": _("Used in"),
}


class Group(StrEnum):
    """What a person should do about a pin, the most urgent first."""

    BROKEN = "broken"
    LOOK = "look"
    UNKNOWN = "unknown"
    FINE = "fine"


LABELS: Mapping[str, Promise] = {
    Group.BROKEN: pgettext_lazy("pins", "Broken"),
    Group.LOOK: pgettext_lazy("pins", "To look at"),
    Group.UNKNOWN: pgettext_lazy("pins", "Unknown"),
    Group.FINE: pgettext_lazy("pins", "Fine"),
    "mine": pgettext_lazy("pins", "Mine"),
    "muted": pgettext_lazy("pins", "Muted"),
}
SIGNS: Mapping[str, str] = {
    Group.BROKEN: Grade.ATTENTION,
    Group.LOOK: Grade.VERSION,
    Group.UNKNOWN: Grade.UNKNOWN,
    Group.FINE: Grade.FINE,
}


@dataclass(frozen=True)
class PinRow:
    """One line of the table. The pin's sources must be prefetched.

    What the filters, chips and orders of a page ask for again and again is found once.
    """

    finding: Finding
    at: datetime

    @property
    def pin(self) -> Pin:
        return self.finding.pin

    @cached_property
    def group(self) -> Group:
        if self.finding.state is State.UNKNOWN:
            return Group.UNKNOWN
        if self.finding.is_broken:
            return Group.BROKEN
        return Group.LOOK if self.finding.level is Level.WARNING else Group.FINE

    @property
    def grade(self) -> Grade:
        return grade_of(self.finding)

    @property
    def connection(self) -> Connection:
        return self.finding.catalog.connection

    @cached_property
    def parts(self) -> list[Part]:
        return parts_of(self.finding)

    @property
    def is_muted(self) -> bool:
        return self.pin.is_muted(self.at)

    @cached_property
    def sources(self) -> list[str]:
        return [source.text for source in self.pin.sources.all()]

    @cached_property
    def aside(self) -> str:
        """Return what follows the state in words: why it is unknown, or what is newer."""
        if self.finding.state is State.UNKNOWN:
            return sentences.unknown_reason(self.finding.reason)
        if self.finding.newer:
            newest = self.finding.newer[0]
            return f"{newest.item_id} {newest.version}"
        if self.finding.elsewhere is not None:
            return str(self.finding.elsewhere)
        return ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A chip above the table."""

    name: str
    label: Promise | str
    count: int
    is_chosen: bool
    sign: str

    @property
    def is_red(self) -> bool:
        return self.name == Group.BROKEN


@dataclass(frozen=True, slots=True)
class PinQuery:
    """What the query string asks for; what makes no sense counts as not given."""

    q: str = ""
    state: str = ""
    source: str = ""
    sort: str = "name"  # within each group; a minus turns it round

    @classmethod
    def read(cls, data: QueryDict) -> "PinQuery":
        state = data.get("state", "")
        sort = data.get("sort", "")
        return cls(
            q=" ".join(data.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY],
            state=state if state in LABELS else "",
            source=data.get("source", "")[:LONGEST_QUERY],
            sort=sort if sort.removeprefix("-") in SORTS else "name",
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.state or self.source)


class PinList:
    """The pins of a team that one query asks for. A constant number of queries."""

    def __init__(self, pins: Iterable[Pin], query: PinQuery, user: User, at: datetime) -> None:
        self.query = query
        self._user = user
        findings = evaluate(pins, now=at).values()
        rows = [PinRow(finding, at) for finding in findings]
        self.all = _sorted(rows, query.sort)

    @cached_property
    def rows(self) -> list[PinRow]:
        return [row for row in self._searched if self._is_of(row, self.query.state)]

    @cached_property
    def choices(self) -> list[Choice]:
        state = self.query.state
        found = [Choice("", _("All"), len(self._searched), not state, "")]
        for name, label in LABELS.items():
            count = sum(self._is_of(row, name) for row in self._searched)
            found.append(Choice(name, label, count, name == state, SIGNS.get(name, "")))
        return found

    @cached_property
    def places(self) -> list[str]:
        """Return the repositories, or first words, of all sources."""
        return sorted({_place(text) for row in self.all for text in row.sources})

    @property
    def broken(self) -> int:
        return sum(row.group is Group.BROKEN for row in self.all)

    @cached_property
    def _searched(self) -> list[PinRow]:
        words = self.query.q.casefold().split()
        source = self.query.source
        found = [row for row in self.all if _has_words(row, words)]
        if source:
            found = [row for row in found if source in map(_place, row.sources)]
        return found

    def _is_of(self, row: PinRow, state: str) -> bool:
        match state:
            case "":
                return True
            case "mine":
                return row.pin.owner_id == self._user.pk
            case "muted":
                return row.is_muted
        return row.group == state


def pins_of(viewer: Viewer, team: Team) -> PinQuerySet:
    """Return a team's pins with what a row shows. Two queries."""
    rows = Pin.objects.visible_to(viewer).filter(team=team).with_target()
    return rows.select_related("owner", "acknowledged_by").prefetch_related("sources")


def grouped(rows: Sequence[PinRow]) -> list[tuple[Group, list[PinRow]]]:
    groups = [(group, [row for row in rows if row.group is group]) for group in Group]
    return [(group, own) for group, own in groups if own]


def _sorted(rows: Iterable[PinRow], sort: str) -> list[PinRow]:
    """Sort by a column; what needs a person comes first in any case."""
    by_name = sorted(rows, key=lambda row: row.pin.name.casefold())
    value = VALUES[sort.removeprefix("-")]
    by_value = sorted(by_name, key=value, reverse=sort.startswith("-"))
    return sorted(by_value, key=lambda row: list(Group).index(row.group))


VALUES: Mapping[str, Callable[[PinRow], Any]] = {
    "name": lambda row: row.pin.name.casefold(),
    "id": lambda row: (len(row.pin.item_id), row.pin.item_id),
    "connection": lambda row: str(row.finding.catalog.connection).casefold(),
    "used": lambda row: len(row.sources),
}


def _has_words(row: PinRow, words: Sequence[str]) -> bool:
    if not words:
        return True
    pin = row.pin
    meaning = [*row.finding.was.values(), *row.finding.now.values()]
    texts = [pin.name, pin.item_id, pin.note, *meaning, *row.sources]
    text = "\n".join(texts).casefold()
    return all(word in text for word in words)


def _place(source: str) -> str:
    return source.split(" ", 1)[0]
