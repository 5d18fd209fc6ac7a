"""One attempt of one delivery: claimed under a lease, sent with no transaction open, completed."""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from xdportal.alerts.channels import sending
from xdportal.alerts.channels.base import Config, Verdict
from xdportal.alerts.channels.base import State as Came
from xdportal.alerts.channels.message import Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.rendering import title_of
from xdportal.alerts.channels.schedule import random_spread, wait_before_retry
from xdportal.alerts.deliveries import health, rates
from xdportal.alerts.deliveries.messages import message_of
from xdportal.alerts.models import Attempt, Channel, Delivery
from xdportal.alerts.models.delivery import LEASE
from xdportal.lib import logs, redaction
from xdportal.lib.models import Tally
from xdportal.lib.sealing import CannotOpen

log = logging.getLogger(__name__)
NOTHING_LEFT = "silent"  # why a delivery was dropped
State = Delivery.State


@dataclass(slots=True)
class Sending:
    """A delivery that this process may send, until its lease runs out."""

    delivery: Delivery
    attempt: Attempt
    lease_until: datetime
    started: datetime
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def channel(self) -> Channel:
        assert self.delivery.channel is not None  # noqa: S101
        return self.delivery.channel


def due(at: datetime) -> list[int]:
    """Return what can be sent now, the longest waiting first."""
    return list(Delivery.objects.due(at).order_by("next_try").values_list("pk", flat=True))


def send(delivery_id: int, at: datetime | None = None) -> dict[str, Any] | None:
    """Make one attempt; return its record, or None if there was nothing to do."""
    at = at or timezone.now()
    mine = claim(delivery_id, at)
    if mine is None:
        return None
    with redaction.scope(), logs.about(delivery=str(mine.delivery.uuid)):
        message = message_of(mine.delivery, at)
        if message is None:
            return _drop(mine, at)
        verdict = _attempt(mine, message, at)
        record = finish(mine, verdict, at)
    log.info("%s: %s %s", mine.channel.kind, record["state"], verdict.reason)
    return record


@transaction.atomic
def claim(delivery_id: int, at: datetime) -> Sending | None:
    """Take a due delivery, with its robot's next free slot; None if there is none.

    The row of the attempt is written before anything is sent.
    """
    locked = Delivery.objects.select_for_update(of=("self",)).filter(pk=delivery_id)
    joined = locked.due(at).select_related("channel__user", "channel__team", "rule")
    delivery = joined.first()
    if delivery is None or delivery.channel is None:
        return None
    free = rates.free_at(delivery.channel, at)
    if free > at:
        Delivery.objects.filter(pk=delivery.pk).update(next_try=free, queued_until=None)
        return None
    delivery.attempts.filter(state=Attempt.State.SENDING).update(state=Attempt.State.LOST)
    delivery.attempt_count += 1
    delivery.state = State.SENDING
    delivery.lease_until = at + LEASE
    delivery.queued_until = None
    delivery.save(update_fields=["attempt_count", "state", "lease_until", "queued_until"])
    attempt = Attempt.objects.create(
        delivery=delivery,
        number=delivery.attempts.count() + 1,
        bucket=delivery.channel.bucket,
        started=at,
    )
    return Sending(delivery, attempt, delivery.lease_until, at)


def _attempt(mine: Sending, message: Message, at: datetime) -> Verdict:
    config = opened(mine.channel)
    if config is None:
        return Verdict(Came.ATTENTION, Reason.UNOPENED)
    redaction.add(*sending.secrets_of(config), message.unsubscribe_url)
    _keep_message(mine, config, message, at)
    begun = time.monotonic()
    verdict = sending.send(mine.channel.kind, config, message, str(mine.delivery.uuid), at)
    mine.attempt.duration_ms = round((time.monotonic() - begun) * 1000)
    return verdict


def opened(channel: Channel) -> Config | None:
    """Return the configuration; None if no key opens it, or a person has no address."""
    try:
        config = channel.opened_config()
    except CannotOpen:
        return None
    return config if config.url else None


def _keep_message(mine: Sending, config: Config, message: Message, at: datetime) -> None:
    """Note what is about to be sent, for the delivery's page."""
    body = redaction.redact(sending.preview(mine.channel.kind, config, message, at))
    title = title_of(message)
    Delivery.objects.filter(pk=mine.delivery.pk).update(title=title[:200], body=body)


@transaction.atomic
def finish(mine: Sending, verdict: Verdict, at: datetime) -> dict[str, Any]:
    """Write the outcome of an attempt. If the lease was lost, change only the attempt."""
    state, next_try = _outcome(mine, verdict, at)
    attempt = mine.attempt
    attempt.state = _attempt_state(state)
    attempt.reason = verdict.reason
    attempt.status = verdict.status
    attempt.code = verdict.code[:50]
    attempt.detail = verdict.detail
    attempt.next_try = None if verdict.state is Came.ATTENTION else next_try  # a person decides
    attempt.save()
    own = Delivery.objects.filter(
        pk=mine.delivery.pk, state=State.SENDING, lease_until=mine.lease_until
    )
    is_over = state is not State.RETRYING
    changed = own.update(
        state=state,
        reason=verdict.reason if state is not State.SENT else "",
        next_try=next_try,
        lease_until=None,
        ended_at=at if is_over else None,
    )
    if changed:
        health.note(mine.delivery, verdict, at)
    Tally.objects.add(f"alert_{mine.channel.kind}", state)
    return record_of(mine, verdict, state, next_try)


def _outcome(
    mine: Sending, verdict: Verdict, at: datetime
) -> tuple[Delivery.State, datetime | None]:
    match verdict.state:
        case Came.SENT:
            return State.SENT, None
        case Came.FAILED | Came.OFF:
            return State.FAILED, None
        case Came.ATTENTION:
            # The channel pauses: this is tried again as soon as a person resumes it.
            is_test = mine.delivery.purpose == Delivery.Purpose.TEST
            return (State.FAILED, None) if is_test else (State.RETRYING, at)
    if mine.delivery.purpose == Delivery.Purpose.TEST:
        return State.FAILED, None
    wait = wait_before_retry(
        mine.channel.kind, mine.delivery.attempt_count, verdict.retry_after, random_spread()
    )
    if wait is None:
        return State.FAILED, None
    next_try = at + timedelta(seconds=wait)
    if verdict.reason is Reason.RATE:
        next_try = max(next_try, rates.block(mine.channel, at, verdict.retry_after))
    return State.RETRYING, next_try


def _attempt_state(state: Delivery.State) -> Attempt.State:
    match state:
        case State.SENT:
            return Attempt.State.SENT
        case State.RETRYING:
            return Attempt.State.RETRYING
    return Attempt.State.FAILED


@transaction.atomic
def _drop(mine: Sending, at: datetime) -> dict[str, Any]:
    """End a delivery with nothing left to say: muted, acknowledged, or no longer true."""
    own = Delivery.objects.filter(pk=mine.delivery.pk, lease_until=mine.lease_until)
    own.update(
        state=State.DROPPED, reason=NOTHING_LEFT, lease_until=None, next_try=None, ended_at=at
    )
    mine.attempt.delete()
    nothing = Verdict(Came.SENT, Reason.OK)
    record = record_of(mine, nothing, State.DROPPED, None)
    return {**record, "detail": NOTHING_LEFT}


def record_of(
    mine: Sending, verdict: Verdict, state: Delivery.State, next_try: datetime | None
) -> dict[str, Any]:
    """Return what `send_alerts` prints of an attempt."""
    return {
        "channel": str(mine.channel.uuid),
        "kind": mine.channel.kind,
        "delivery": str(mine.delivery.uuid),
        "types": mine.delivery.types or ["test"],
        "state": state.value,
        "status": verdict.status,
        "code": verdict.code,
        "detail": verdict.detail or (str(verdict.sentence) if state is not State.SENT else ""),
        "next_try": next_try.isoformat(timespec="seconds") if next_try else None,
    }
