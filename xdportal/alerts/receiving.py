"""Events become transitions of pins, and deliveries: in one transaction, under a lease each.

A kill at any moment repeats nothing and loses nothing: what was not committed is claimed again
when its lease has run out.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from xdportal.alerts import announcing, silence
from xdportal.alerts.deliveries import outbox
from xdportal.alerts.models import ExpectedChange
from xdportal.catalog.models import Catalog, Event

log = logging.getLogger(__name__)
MOST = 200
# What can change whether a list is relied on, or what it holds.
OF_CONNECTIONS = frozenset(
    {
        Event.Type.CONNECTION_ATTENTION,
        Event.Type.CONNECTION_RECOVERED,
        Event.Type.CONNECTION_PAUSED,
    }
)


def receive(at: datetime) -> int:
    """Handle what was written; return how many events were."""
    handled = 0
    while True:
        events = Event.objects.claim(at, MOST)
        for group in _grouped(events):
            handled += handle(group, at)
        if len(events) < MOST:
            return handled


@transaction.atomic
def handle(events: list[Event], at: datetime) -> int:
    """Handle events of one list or connection; none that another process has taken over."""
    own = [event for event in events if _end(event, at)]
    if not own:
        return 0
    for event in own:
        event.silence = silence.of_event(event, at)
        if event.silence:
            Event.objects.filter(pk=event.pk).update(silence=event.silence)
    pins = announcing.announce(_catalogs(own), at)
    outbox.add([*own, *pins], at)
    return len(own)


def look_after(at: datetime) -> int:
    """Write what no event announces: reminders, expected changes that did not happen, and pins
    whose list can be relied on again. Return how many events were written.

    Mostly there is nothing to write, and nothing is locked.
    """
    catalogs = announcing.overlooked(at)
    pins = announcing.to_remind_of(at)
    over = list(ExpectedChange.objects.over(at).select_related("catalog__connection"))
    if not catalogs and not pins and not over:
        return 0
    with transaction.atomic():
        events = announcing.announce(catalogs, at)
        events += announcing.remind(pins, at)
        events += _close(over, at)
        outbox.add(events, at)
    return len(events)


@transaction.atomic
def announce_now(catalogs: Iterable[Catalog], at: datetime) -> None:
    """Look at the pins of some lists that were switched on or off."""
    outbox.add(announcing.announce(catalogs, at), at)


def _end(event: Event, at: datetime) -> bool:
    """Mark an event as handled while the lease is the claimer's own."""
    until = event.claimed_until
    mine = Event.objects.filter(pk=event.pk, handled_at=None, claimed_until=until)
    return bool(mine.update(handled_at=at))


def _grouped(events: list[Event]) -> list[list[Event]]:
    """Return the events by what they are about, in their order."""
    groups: dict[tuple[int | None, int | None], list[Event]] = {}
    for event in events:
        groups.setdefault((event.connection_id, event.catalog_id), []).append(event)
    return list(groups.values())


def _catalogs(events: Iterable[Event]) -> list[Catalog]:
    keys = {event.catalog_id for event in events if event.catalog_id is not None}
    whole = {event.connection_id for event in events if event.type in OF_CONNECTIONS}
    found = Catalog.objects.filter(pk__in=keys) | Catalog.objects.filter(connection__in=whole)
    return list(found.order_by("pk"))


def _close(over: Iterable[ExpectedChange], at: datetime) -> list[Event]:
    """End expected changes; return an event for each that did not happen."""
    events = []
    for change in over:
        closed = ExpectedChange.objects.filter(pk=change.pk, closed_at=None).update(closed_at=at)
        if not closed or change.matched:
            continue
        event = Event(
            type=Event.Type.CATALOG_EXPECTED,
            level=Event.Level.INFO,
            at=at,
            team_id=change.team_id,
            connection=change.catalog.connection,
            catalog=change.catalog,
            data={"note": change.note, "ids": change.ids, "systems": change.systems},
            handled_at=at,
        )
        event.save()
        events.append(event)
    return events
