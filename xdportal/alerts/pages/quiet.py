"""Silence in a team: muted pins and lists with the events held back; expected changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts.models import CatalogMute, ExpectedChange, Pin
from xdportal.catalog.models import Catalog, Event

MISSED_DAYS = 14  # so long an expected change that did not happen is shown


@dataclass(frozen=True, slots=True)
class MutedPin:
    pin: Pin
    count: int  # events that were kept back, all in all


@dataclass(frozen=True, slots=True)
class MutedList:
    mute: CatalogMute
    count: int


def muted_pins(viewer: Viewer, team: Team, at: datetime) -> list[MutedPin]:
    """Return the muted pins. Two queries."""
    pins = list(
        Pin.objects.visible_to(viewer).filter(team=team).muted(at).select_related("muted_by")
    )
    if not pins:
        return []
    rows = Event.objects.filter(subject__in=[pin.uuid for pin in pins], silence="muted")
    counts = dict(rows.order_by().values_list("subject").annotate(number=Count("pk")))
    return [MutedPin(pin, counts.get(pin.uuid, 0)) for pin in pins]


def muted_lists(viewer: Viewer, team: Team, at: datetime) -> list[MutedList]:
    """Return the muted lists. Two queries."""
    seen = Catalog.objects.visible_to(viewer).filter(connection__team=team).values("pk")
    rows = CatalogMute.objects.filter(catalog__in=seen, until__gt=at)
    mutes = list(rows.select_related("catalog__connection", "by"))
    if not mutes:
        return []
    events = Event.objects.filter(catalog__in=[one.catalog_id for one in mutes], silence="muted")
    counts = dict(events.order_by().values_list("catalog").annotate(number=Count("pk")))
    return [MutedList(one, counts.get(one.catalog_id, 0)) for one in mutes]


def expected_changes(viewer: Viewer, team: Team, at: datetime) -> list[ExpectedChange]:
    """Return those that run or are to come, and those that did not happen lately. One query."""
    rows = ExpectedChange.objects.visible_to(viewer).filter(team=team)
    joined = rows.select_related("catalog__connection", "created_by")
    since = at - timedelta(days=MISSED_DAYS)
    found = []
    for change in joined.filter(ends_at__gt=since):
        is_missed = change.ends_at <= at and not change.matched
        is_ahead = change.ends_at > at and change.closed_at is None
        if is_missed or is_ahead:
            found.append(change)
    return found
