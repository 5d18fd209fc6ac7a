"""Deliveries are written in the transaction of their events; one collects until it is due."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from xdportal.alerts import rules
from xdportal.alerts.deliveries.digests import next_time
from xdportal.alerts.models import Channel, Delivery, Rule
from xdportal.catalog.models import Event

State = Delivery.State
EventLink = Delivery.events.through


@transaction.atomic
def add(events: Sequence[Event], at: datetime) -> list[Delivery]:
    """Put events into the waiting deliveries of the rules that want them."""
    changed = []
    for wanted in rules.match(events):
        delivery = _waiting(wanted.rule, at)
        put(delivery, wanted.events)
        changed.append(delivery)
    return changed


def put(delivery: Delivery, events: Iterable[Event]) -> None:
    """Add events to a delivery that is locked, or not yet committed."""
    events = list(events)
    links = [EventLink(delivery_id=delivery.pk, event_id=event.pk) for event in events]
    EventLink.objects.bulk_create(links, ignore_conflicts=True)
    types = sorted({*delivery.types, *(event.type for event in events)})
    if types != delivery.types:
        delivery.types = types
        delivery.save(update_fields=["types"])


def new(channel: Channel, at: datetime, **fields: Any) -> Delivery:
    """Return an unsaved delivery to a channel."""
    return Delivery(**of_channel(channel, at), **fields)


def of_channel(channel: Channel, at: datetime) -> dict[str, Any]:
    return {
        "channel": channel,
        "team_id": channel.team_id,
        "user_id": channel.user_id,
        "kind": channel.kind,
        "channel_name": channel.name,
        "created_at": at,
        "next_try": at,
    }


def _waiting(rule: Rule, at: datetime) -> Delivery:
    """Return the rule's delivery that still collects, locked; made if there is none."""
    values = of_channel(rule.channel, at)
    values["mode"] = rule.mode
    values["next_try"] = next_time(rule.channel, rule.mode, at)
    locked = Delivery.objects.select_for_update()
    delivery, _made = locked.get_or_create(rule=rule, state=State.PENDING, defaults=values)
    return delivery
