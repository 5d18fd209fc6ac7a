"""One pin as its page shows it: what happened to it, and what can be done about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from xdportal.accounts.access import Viewer
from xdportal.alerts import sentences
from xdportal.alerts.models import Channel, Delivery, Pin, PinRevision, Recipe
from xdportal.alerts.pages.meanings import Part, fields_of
from xdportal.alerts.pages.pins import Group, PinRow
from xdportal.alerts.pins.facts import facts_of, is_listed
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import State
from xdportal.alerts.pins.successors import successors_of
from xdportal.catalog.models import Event
from xdportal.catalog.replacements import Replacement
from xdportal.lib.charts import Bar, Segment, segments
from xdportal.lib.dates import span

DAYS = 90
MOST_MESSAGES = 5
MOST_EVENTS = 200
CSS = {Group.BROKEN: "del", Group.LOOK: "chg", Group.UNKNOWN: "old", Group.FINE: "ok"}
BY_LEVEL = {Event.Level.CRITICAL: Group.BROKEN, Event.Level.WARNING: Group.LOOK}
OVER = frozenset({Event.Type.PIN_RECOVERED, Event.Type.PIN_RETURNED})


class Target(NamedTuple):
    """An id to which the pin can be moved with one click."""

    item_id: str
    words: str
    reason: str
    is_own: bool  # the same id, with its present meaning


class Stretch(NamedTuple):
    """How long a pin was in one group."""

    group: Group
    since: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class Life:
    """The state over the last days: a picture, and the same in words."""

    bars: list[Bar]
    words: str


class PinPage:
    """Everything that the page shows; each part is queried once."""

    def __init__(self, pin: Pin, at: datetime) -> None:
        self.at = at
        self.finding = evaluate([pin], now=at)[pin.pk]
        self.row = PinRow(self.finding, at)
        self.facts = facts_of(self.finding)

    @property
    def verdict(self) -> str:
        return sentences.of_facts(self.facts)

    @property
    def fields(self) -> list[Part]:
        return fields_of(self.finding)

    @property
    def is_listed(self) -> bool:
        return is_listed(self.finding)

    def targets(self) -> list[Target]:
        """Return where the pin can go: the nearest first, then its own id as it is now."""
        found = [self._target(one) for one in self._successors()]
        kind = self.finding.catalog.kind
        is_other = self.finding.was != self.finding.now
        if self.is_listed and is_other and self.finding.now:
            words = sentences.describe(kind, self.finding.now)
            reason = _("Keep the ID and accept what it means now.")
            found.append(Target(self.finding.revision.item_id, words, reason, True))
        return found

    def _successors(self) -> list[Replacement]:
        if self.finding.state is State.UNKNOWN:
            return []
        return successors_of([self.finding]).get(self.finding.pin.pk, [])

    def _target(self, successor: Replacement) -> Target:
        words = sentences.describe(self.finding.catalog.kind, successor.meaning)
        return Target(successor.item_id, words, str(successor.reason.words), False)


def revisions_of(pin: Pin) -> list[tuple[PinRevision, str]]:
    """Return the revisions with what they meant, the newest first. One query."""
    rows = pin.revisions.select_related("by", "catalog__connection").order_by("-number")
    return [(row, sentences.describe(row.catalog.kind, row.meaning)) for row in rows]


def recipes_of(pin: Pin) -> list[Recipe]:
    return list(Recipe.objects.of_pins([pin.pk]).select_related("image", "package"))


def messages_about(pin: Pin, viewer: Viewer) -> list[Delivery]:
    """Return the latest deliveries that spoke of the pin: the team's, and the viewer's own."""
    about = Event.objects.filter(subject=pin.uuid).values("pk")
    own = Channel.objects.visible_to(viewer).values("pk")
    of_team = Q(team=pin.team_id) | Q(channel__in=own)
    rows = Delivery.objects.filter(of_team, events__in=about).distinct()
    return list(rows.select_related("channel").newest_first()[:MOST_MESSAGES])


def life_of(pin: Pin, row: PinRow, at: datetime) -> Life:
    """Return the state over the last 90 days, from what was announced of it.

    Three queries beside those of one evaluation.
    """
    start = at - timedelta(days=DAYS)
    first = pin.revisions.order_by("number").first()
    begun = max(first.at, start) if first else at
    turns = [(begun, _group_at(pin, begun, row))]
    for event in Event.objects.filter(subject=pin.uuid, at__gt=begun).order_by("pk")[:MOST_EVENTS]:
        turns.append((max(turns[-1][0], _moment_of(event)), _group_of(event)))
    moved = pin.revisions.filter(at__gt=turns[-1][0]).order_by("-number").first()
    if moved is not None or turns[-1][1] != row.group:
        turns.append((_latest_turn(row.finding, turns[-1][0], moved, at), row.group))
    stretches = _stretches(turns, at)
    before = [Segment("none", (turns[0][0] - start).total_seconds())]
    shown = [Segment(CSS[one.group], one.length.total_seconds()) for one in stretches]
    parts = [part for part in before + shown if part.length > 0]
    return Life(segments(parts), _in_words(stretches))


def _moment_of(event: Event) -> datetime:
    """Return since when it has been so, which is earlier than when it was noticed."""
    since = event.data.get("at")
    return min(datetime.fromisoformat(since), event.at) if since else event.at


def _group_at(pin: Pin, at: datetime, row: PinRow) -> Group:
    finding = evaluate([pin], as_of=at).get(pin.pk)
    return PinRow(finding, at).group if finding else row.group


def _group_of(event: Event) -> Group:
    if event.type == Event.Type.PIN_UNKNOWN:
        return Group.UNKNOWN
    if event.type in OVER and event.data.get("state") in (State.OK, State.NEWER):
        return Group.FINE
    return BY_LEVEL.get(Event.Level(event.level), Group.FINE)


def _latest_turn(
    finding: Finding, last: datetime, moved: PinRevision | None, at: datetime
) -> datetime:
    since = moved.at if moved is not None else finding.since or at
    return min(max(since, last), at)


def _stretches(turns: list[tuple[datetime, Group]], at: datetime) -> list[Stretch]:
    """Join neighbours of one group."""
    joined: list[tuple[datetime, Group]] = []
    for moment, group in turns:
        if not joined or joined[-1][1] != group:
            joined.append((moment, group))
    ends = [*joined, (at, Group.FINE)]
    return [Stretch(group, begun, end - begun) for (begun, group), (end, _next) in pairwise(ends)]


def _in_words(stretches: list[Stretch]) -> str:
    words: dict[Group, Any] = {
        Group.FINE: _("fine for %(span)s"),
        Group.UNKNOWN: _("unknown for %(span)s from %(at)s"),
        Group.LOOK: _("to look at for %(span)s from %(at)s"),
        Group.BROKEN: _("broken for %(span)s from %(at)s"),
    }
    said = []
    for one in stretches[-6:]:
        said.append(words[one.group] % {"span": span(one.length), "at": sentences.when(one.since)})
    return " · ".join(said)
