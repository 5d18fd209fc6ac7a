"""What attempts say about their channel: its health, and what follows from it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation

from xdportal.accounts import mail
from xdportal.accounts.models import Membership, Role, User
from xdportal.alerts.channels.base import State as Came
from xdportal.alerts.channels.base import Verdict
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.deliveries import outbox
from xdportal.alerts.models import Channel, Delivery
from xdportal.catalog.models import Event

State = Delivery.State


def note(delivery: Delivery, verdict: Verdict, at: datetime) -> None:
    """Record an attempt's outcome on its channel, within the attempt's transaction."""
    channel = delivery.channel
    assert channel is not None  # noqa: S101
    if verdict.state is Came.SENT:
        _works(delivery, channel, at)
        return
    Channel.objects.filter(pk=channel.pk).update(
        last_failure_at=at, last_failure=verdict.reason, last_failure_code=verdict.code[:50]
    )
    if delivery.purpose == Delivery.Purpose.TEST and verdict.state is not Came.OFF:
        return
    if verdict.state is Came.ATTENTION:
        stop(channel, Channel.State.PAUSED, verdict.reason)
    elif verdict.state is Came.OFF:
        stop(channel, Channel.State.OFF, verdict.reason)
        drop_waiting(channel, at, verdict.reason)


def _works(delivery: Delivery, channel: Channel, at: datetime) -> None:
    values: dict[str, Any] = {"last_success_at": at}
    if delivery.purpose == Delivery.Purpose.TEST:
        values["tested_at"] = at
    Channel.objects.filter(pk=channel.pk).update(**values)
    if channel.state == Channel.State.ACTIVE:  # a test may have gone to one that is not
        catch_up(channel, at)


def catch_up(channel: Channel, at: datetime) -> Delivery | None:
    """Retry waiting deliveries now, and merge failed ones into one message."""
    waiting = Delivery.objects.filter(channel=channel, state=State.RETRYING, next_try__gt=at)
    waiting.exclude(reason=Reason.RATE).update(next_try=at)
    failed = Delivery.objects.filter(
        channel=channel,
        state=State.FAILED,
        merged_into=None,
        purpose__in=[Delivery.Purpose.ALERT, Delivery.Purpose.MISSED],
    ).exclude(reason__in=[Reason.CONTENT, Reason.SIZE])
    keys = list(failed.select_for_update().values_list("pk", flat=True))
    events = list(Event.objects.filter(deliveries__in=keys).distinct().order_by("pk"))
    if not events:
        return None
    merged = outbox.new(
        channel, at, purpose=Delivery.Purpose.MISSED, mode="instant", state=State.RETRYING
    )
    merged.save()
    outbox.put(merged, events)
    Delivery.objects.filter(pk__in=keys).update(merged_into=merged)
    return merged


def drop_waiting(channel: Channel, at: datetime, reason: str) -> None:
    waiting = Delivery.objects.filter(channel=channel, state__in=Delivery.WAITING)
    waiting.update(state=State.DROPPED, reason=reason, next_try=None, ended_at=at)


def stop(channel: Channel, state: Channel.State, reason: Reason) -> None:
    """Stop a channel, and say so to those who can do something about it, once."""
    rows = Channel.objects.filter(pk=channel.pk).exclude(state=state)
    if rows.update(state=state, reason=reason):
        transaction.on_commit(lambda: _tell(channel, state, reason))


def _tell(channel: Channel, state: Channel.State, reason: Reason) -> None:
    """Mail the channel's owner and the team's owners, unless it is about their own address."""
    for user in _who(channel):
        language = user.language or settings.LANGUAGE_CODE
        with translation.override(language):
            sentence = str(reason.sentence)
        mail.tell([user], "channel_stopped", channel=channel, state=state, sentence=sentence)


def _who(channel: Channel) -> Iterable[User]:
    if channel.team_id is None:
        return User.objects.none()
    owners = Membership.objects.filter(team=channel.team_id, role=Role.OWNER)
    concerned = Q(pk__in=owners.values("user")) | Q(pk=channel.created_by_id)
    return User.objects.filter(concerned, is_active=True).exclude(email="")
