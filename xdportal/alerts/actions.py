"""Actions on channels, rules and deliveries, written once for pages and commands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import AuditEntry, Team
from xdportal.alerts import tasks
from xdportal.alerts.channels import webhook
from xdportal.alerts.channels.base import Config
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.registry import validate
from xdportal.alerts.deliveries import health, outbox, sending
from xdportal.alerts.models import SEALED_FIELDS, Channel, Delivery, Kind, Rule
from xdportal.alerts.pins.actions import Actor
from xdportal.connections.models import Connection
from xdportal.lib.names import clean_name

TESTS_A_MINUTE = 5
REMOVED = "removed"  # why a delivery was dropped
CHECKED = {"kind", "name", "language", "digest_hour", "digest_weekday"}
Audit = AuditEntry.Kind


@dataclass(frozen=True, slots=True)
class Address:
    """What a user enters for a channel."""

    url: str
    secret: str = ""
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class RuleWish:
    events: str
    level: str = Rule.Level.INFO
    mode: str = Rule.Mode.INSTANT
    connections: tuple[Connection, ...] | None = None  # None: all


@transaction.atomic
def add_channel(
    team: Team, kind: str, name: str, address: Address, actor: Actor, **fields: Any
) -> Channel:
    """Return the new channel. Raises a ValidationError by field. `fields`: language and times."""
    config = validate(kind, address.url, address.secret, address.keyword)
    user = actor.user
    language = user.language if user and user.language else settings.LANGUAGE_CODE
    values = {"language": language, "time_zone": user.time_zone if user else "", **fields}
    channel = Channel(team=team, kind=kind, name=_name(name), created_by=user, **values)
    channel.set_config(config)
    channel.clean_fields(exclude={field.name for field in Channel._meta.fields} - CHECKED)
    channel.save()
    actor.note(Audit.CHANNEL_ADDED, team, channel.name)
    return channel


@transaction.atomic
def change_address(channel: Channel, address: Address, actor: Actor) -> None:
    """Replace the address; a secret or a keyword that is not given stays as it was."""
    former = sending.opened(channel) or Config("")
    secret = address.secret or former.secret
    keyword = address.keyword or former.keyword
    config = validate(channel.kind, address.url, secret, keyword)
    if not address.secret:
        config = replace(config, previous_secret=former.previous_secret)
    channel.set_config(config)
    channel.save(update_fields=SEALED_FIELDS)
    _note(channel, actor, Audit.CHANNEL_CHANGED)


@transaction.atomic
def change_times(channel: Channel, values: Mapping[str, Any], actor: Actor) -> None:
    """Change language, time zone, and when digests leave."""
    for name, value in values.items():
        setattr(channel, name, value)
    channel.save(update_fields=list(values))
    _note(channel, actor, Audit.CHANNEL_CHANGED)


@transaction.atomic
def rotate_secret(channel: Channel, actor: Actor) -> str:
    """Return a webhook's new secret, to be shown once; both sign until the rotation ends."""
    config = _opened(channel)
    rotated = webhook.rotated(config)
    channel.set_config(rotated)
    channel.save(update_fields=SEALED_FIELDS)
    _note(channel, actor, Audit.CHANNEL_CHANGED)
    return rotated.secret


@transaction.atomic
def end_rotation(channel: Channel, actor: Actor) -> None:
    """Stop signing with the former secret."""
    config = _opened(channel)
    channel.set_config(Config(config.url, config.secret, config.keyword))
    channel.save(update_fields=SEALED_FIELDS)
    _note(channel, actor, Audit.CHANNEL_CHANGED)


@transaction.atomic
def pause(channel: Channel, actor: Actor) -> None:
    """Send nothing for now; what happens is kept, and sent after the pause."""
    _set_state(channel, Channel.State.PAUSED)
    _note(channel, actor, Audit.CHANNEL_CHANGED)


@transaction.atomic
def resume(channel: Channel, actor: Actor) -> None:
    _set_state(channel, Channel.State.ACTIVE)
    health.catch_up(channel, actor.at)
    _note(channel, actor, Audit.CHANNEL_CHANGED)


@transaction.atomic
def switch_off(channel: Channel, actor: Actor) -> None:
    """Send nothing, and keep nothing for later."""
    _set_state(channel, Channel.State.OFF)
    health.drop_waiting(channel, actor.at, REMOVED)
    _note(channel, actor, Audit.CHANNEL_CHANGED)


@transaction.atomic
def remove_channel(channel: Channel, actor: Actor) -> None:
    health.drop_waiting(channel, actor.at, REMOVED)
    _note(channel, actor, Audit.CHANNEL_REMOVED)
    channel.delete()


@transaction.atomic
def add_rule(channel: Channel, wish: RuleWish, actor: Actor) -> Rule:
    """Return the new rule. Connections must be of the channel's team."""
    chosen = wish.connections or ()
    if any(connection.team_id != channel.team_id for connection in chosen):
        text = _("A rule can only name connections of its channel’s team.")
        raise ValidationError({"connections": text})
    rule = Rule(
        channel=channel,
        events=wish.events,
        level=wish.level,
        mode=wish.mode,
        all_connections=wish.connections is None,
    )
    rule.full_clean(exclude=["channel"])
    rule.save()
    rule.connections.set(chosen)
    _note(channel, actor, Audit.RULES_CHANGED)
    return rule


@transaction.atomic
def remove_rule(rule: Rule, actor: Actor) -> None:
    waiting = Delivery.objects.filter(rule=rule, state=Delivery.State.PENDING)
    waiting.update(state=Delivery.State.DROPPED, reason=REMOVED, next_try=None, ended_at=actor.at)
    _note(rule.channel, actor, Audit.RULES_CHANGED)
    rule.delete()


@transaction.atomic
def ask_for_test(channel: Channel, actor: Actor) -> Delivery | None:
    """Have a worker send a test, with the real renderer to the real address.

    Return None after five a minute.
    """
    Channel.objects.select_for_update().get(pk=channel.pk)
    tests = Delivery.objects.filter(channel=channel, purpose=Delivery.Purpose.TEST)
    recent = tests.filter(created_at__gt=actor.at - timedelta(minutes=1))
    if recent.count() >= TESTS_A_MINUTE:
        return None
    test = outbox.new(channel, actor.at, purpose=Delivery.Purpose.TEST, types=["test"])
    test.state = Delivery.State.RETRYING  # no rule's batch
    test.save()
    transaction.on_commit(lambda: tasks.send_soon(test.pk))
    return test


def resend(delivery: Delivery, actor: Actor) -> bool:
    """Try a delivery once more; False if it is still on its way, or its channel is off."""
    over = [Delivery.State.FAILED, Delivery.State.SENT, Delivery.State.RETRYING]
    rows = Delivery.objects.filter(pk=delivery.pk, state__in=over, channel__isnull=False)
    rows = rows.exclude(channel__state=Channel.State.OFF)
    values: dict[str, Any] = {"state": Delivery.State.RETRYING, "next_try": actor.at}
    return bool(rows.update(**values, ended_at=None, attempt_count=0, reason=""))


def _name(text: str) -> str:
    name = clean_name(text)
    if not name or len(name) > 100:
        raise ValidationError({"name": _("A name must have 1 to 100 characters.")})
    return name


def _opened(channel: Channel) -> Config:
    config = sending.opened(channel)
    if config is None or channel.kind != Kind.WEBHOOK:
        raise ValidationError(str(Reason.UNOPENED.sentence))
    return config


def _set_state(channel: Channel, state: Channel.State) -> None:
    channel.state = state
    channel.reason = ""
    channel.save(update_fields=["state", "reason"])


def _note(channel: Channel, actor: Actor, kind: AuditEntry.Kind) -> None:
    if channel.team is not None:
        actor.note(kind, channel.team, channel.name)


def connections_named(team: Team, slugs: Iterable[str]) -> tuple[Connection, ...]:
    """Return a team's connections; raises a ValidationError for one that it does not have."""
    wanted = list(slugs)
    found = {one.slug: one for one in Connection.objects.filter(team=team, slug__in=wanted)}
    for slug in wanted:
        if slug not in found:
            text = _("The team has no connection %(slug)s.") % {"slug": slug}
            raise ValidationError({"connections": text})
    return tuple(found.values())
