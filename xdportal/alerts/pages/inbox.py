"""A team's inbox: what happened to its pins and connections, and whether it still is so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Max, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts import event_sentences
from xdportal.alerts.deliveries.stories import FAMILIES
from xdportal.alerts.models import Pin
from xdportal.alerts.pins.grades import grade_of_state
from xdportal.alerts.pins.states import State
from xdportal.alerts.pins.transitions import FINE
from xdportal.alerts.reading import Read
from xdportal.catalog.grades import Grade, look_of
from xdportal.catalog.models import Event

MOST_TROUBLE = 500  # events of connections that are looked at for what is still open
Silence = Event.Silence
SHOWS: Mapping[str, Promise] = {
    "open": pgettext_lazy("inbox", "Open"),
    "unread": pgettext_lazy("inbox", "Unread"),
    "mine": pgettext_lazy("inbox", "Mine"),
    "acknowledged": pgettext_lazy("inbox", "Acknowledged"),
    "muted": pgettext_lazy("inbox", "Muted"),
    "expected": pgettext_lazy("inbox", "Expected"),
    "all": pgettext_lazy("inbox", "Everything"),
}
SIGNS = {
    Event.Level.CRITICAL: ("crit", "!"),
    Event.Level.WARNING: ("chg", "!"),
    Event.Level.INFO: ("same", "="),
}


class Sign(NamedTuple):
    css: str
    mark: str
    word: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the inbox; `pin` is what it is about, if it still exists."""

    event: Event
    is_unread: bool
    pin: Pin | None
    at: datetime

    @property
    def sentence(self) -> str:
        return event_sentences.sentence(self.event)

    @property
    def sign(self) -> Sign:
        if self.event.subject is not None:
            look = look_of(_grade(self.event))
            is_red = self.event.level == Event.Level.CRITICAL
            return Sign(look.css_for(is_red), look.mark, str(look.label))
        css, mark = SIGNS[Event.Level(self.event.level)]
        return Sign(css, mark, self.event.get_level_display())

    @property
    def is_current(self) -> bool:
        """Whether the pin is still in the state that this event reports."""
        announced = getattr(self.pin, "announced", None)
        return announced is not None and announced.state == self.event.data.get("state")

    @property
    def is_acknowledged(self) -> bool:
        announced = getattr(self.pin, "announced", None)
        mark = self.pin.acknowledged_mark if self.pin else ""
        return announced is not None and bool(mark) and mark == announced.mark

    @property
    def can_be_silenced(self) -> bool:
        is_open = self.is_current and self.event.data.get("state") not in FINE
        return is_open and not self.is_acknowledged


def show_of(data: QueryDict) -> str:
    show = data.get("show", "open")
    return show if show in SHOWS else "open"


def events_for(show: str, viewer: Viewer, team: Team, read: Read, at: datetime) -> QuerySet[Event]:
    """Return the events that one view of the inbox shows, the newest first."""
    everything = Event.objects.visible_to(viewer).filter(team=team)
    rows = everything.for_inbox()
    match show:
        case "open":
            rows = rows.filter(pk__in=_open_keys(viewer, team, at))
        case "unread":
            rows = rows.filter(pk__gt=read.upto).exclude(pk__in=read.singly)
        case "mine":
            own = Pin.objects.filter(team=team, owner=viewer.user).values("uuid")
            rows = rows.filter(Q(subject__in=own) | Q(connection__owner=viewer.user))
        case Silence.ACKNOWLEDGED | Silence.MUTED | Silence.EXPECTED:
            rows = rows.filter(silence=show)
        case "all":
            rows = everything
    return rows.select_related("connection", "catalog__connection", "team").order_by("-pk")


def entries_of(events: Iterable[Event], read: Read, at: datetime) -> list[Entry]:
    """Return the entries of some events. One query for their pins."""
    shown = list(events)
    pins = _pins({event.subject for event in shown if event.subject is not None})
    return [
        Entry(event, not read.has(event) and event.is_for_inbox, pins.get(event.subject), at)
        for event in shown
    ]


def _pins(subjects: set[UUID]) -> dict[UUID | None, Pin]:
    rows = Pin.objects.filter(uuid__in=subjects)
    joined = rows.select_related("announced", "acknowledged_by")
    return {pin.uuid: pin for pin in joined}


def _open_keys(viewer: Viewer, team: Team, at: datetime) -> list[int]:
    return [*_open_pin_events(viewer, team, at), *_open_trouble(viewer, team)]


def _open_pin_events(viewer: Viewer, team: Team, at: datetime) -> list[int]:
    """Return the latest event of each pin that is not fine, and that nobody has silenced."""
    pins = Pin.objects.visible_to(viewer).filter(team=team, announced__isnull=False)
    restless = pins.exclude(announced__state__in=FINE)
    silenced = Q(muted_until__gt=at) | Q(acknowledged_mark=F("announced__mark"))
    subjects = restless.exclude(silenced).values("uuid")
    latest = Event.objects.filter(subject__in=subjects).order_by().values("subject")
    return list(latest.annotate(latest=Max("pk")).values_list("latest", flat=True))


def _open_trouble(viewer: Viewer, team: Team) -> list[int]:
    """Return the latest event of each trouble of a list or connection that is not over."""
    events = Event.objects.visible_to(viewer).for_inbox()
    rows = events.filter(team=team, type__in=FAMILIES)
    latest: dict[object, Event] = {}
    for event in rows.order_by("-pk")[:MOST_TROUBLE]:
        key = (event.connection_id, event.catalog_id, FAMILIES[event.type])
        latest.setdefault(key, event)
    return [
        event.pk
        for event in latest.values()
        if event.level != Event.Level.INFO and not event.silence
    ]


def _grade(event: Event) -> Grade:
    if event.type == Event.Type.PIN_RETURNED:
        return Grade.RETURNED
    if event.type == Event.Type.PIN_RECOVERED:
        return Grade.FINE
    state = State(event.data.get("state", State.UNKNOWN))
    return grade_of_state(state, tuple(event.data.get("fields", ())))
