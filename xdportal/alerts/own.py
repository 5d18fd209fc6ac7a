"""The two rules of a person's own mails. They exist once the person has heard of something, or has
changed them; until then the defaults count."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from xdportal.accounts.models import User
from xdportal.alerts.actions import REMOVED
from xdportal.alerts.deliveries import health
from xdportal.alerts.models import Channel, Rule

State = Channel.State
EVENTS = (Rule.Events.PINS, Rule.Events.ATTENTION)
DEFAULT_LEVELS = {Rule.Events.PINS: Rule.Level.CRITICAL, Rule.Events.ATTENTION: Rule.Level.INFO}


def settings_of(user: User) -> dict[str, Any]:
    """Return the settings as the form has them; changes nothing. Two queries."""
    channel = Channel.objects.filter(user=user).first()
    rules = {rule.events: rule for rule in channel.rules.all()} if channel else {}
    values: dict[str, Any] = {"active": channel is None or channel.state == State.ACTIVE}
    for events in EVENTS:
        rule = rules.get(events)
        values[events.value] = rule.enabled if rule else channel is None
        values[f"{events}_level"] = rule.level if rule else DEFAULT_LEVELS[events]
        values[f"{events}_mode"] = rule.mode if rule else Rule.Mode.INSTANT
    return values


@transaction.atomic
def change(user: User, values: Mapping[str, Any]) -> None:
    channel = Channel.objects.personal(user)
    channel.state = State.ACTIVE if values["active"] else State.OFF
    channel.reason = ""
    channel.save(update_fields=["state", "reason"])
    if not values["active"]:
        health.drop_waiting(channel, timezone.now(), REMOVED)
    for events in EVENTS:
        wanted = {
            "enabled": values[events.value],
            "level": values[f"{events}_level"],
            "mode": values[f"{events}_mode"],
        }
        Rule.objects.update_or_create(channel=channel, events=events, defaults=wanted)
