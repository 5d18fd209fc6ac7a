import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team, User
from xdportal.alerts.channels.schedule import longest_collecting, longest_retry
from xdportal.alerts.models.channel import Channel, Kind, Rule, of_viewer
from xdportal.catalog.models import Event
from xdportal.catalog.models.due import holds

LEASE = timedelta(seconds=90)  # longer than any attempt takes


def _is_too_far(at: datetime) -> Q:
    """Waits for a time that no wait leads to: the clock was ahead when it was written."""
    retried = at + longest_retry()
    found = Q(state=Delivery.State.RETRYING, next_try__gt=retried)
    for mode in Rule.Mode:
        collected = at + longest_collecting(mode)
        found |= Q(state=Delivery.State.PENDING, mode=mode, next_try__gt=collected)
    return found


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return of_viewer(self, viewer)

    def ready(self, at: datetime) -> Self:
        """What it is time for, and what a sender that died left behind."""
        waits = Q(state__in=Delivery.WAITING, next_try__lte=at)
        lost = Q(state=Delivery.State.SENDING) & ~holds("lease_until", at, LEASE)
        return self.filter(waits | lost | _is_too_far(at))

    def due(self, at: datetime) -> Self:
        """What is ready, and goes to a channel that works. A test may go to any channel."""
        works = Q(channel__state=Channel.State.ACTIVE)
        is_test = Q(purpose=Delivery.Purpose.TEST, channel__isnull=False)
        return self.ready(at).filter(works | is_test)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")


class Delivery(models.Model):
    """One message on its way to one channel. Its uuid is the `webhook-id` of every attempt.

    It holds events, not text: the text is made when it is sent.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")  # collects events until it is due
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        RETRYING = "retrying", _("Will be tried again")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Not sent")

    class Purpose(models.TextChoices):
        ALERT = "alert", _("Alert")
        TEST = "test", _("Test")
        MISSED = "missed", _("Missed events")  # merged from failed ones

    WAITING = (State.PENDING, State.RETRYING)

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    channel = models.ForeignKey(
        Channel, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="+")
    # Copies, for what outlives its channel.
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    channel_name = models.CharField(_("channel"), max_length=100)
    mode = models.CharField(
        _("how often"), max_length=7, choices=Rule.Mode, default=Rule.Mode.INSTANT
    )
    purpose = models.CharField(_("purpose"), max_length=6, choices=Purpose, default=Purpose.ALERT)
    events: models.ManyToManyField[Event, Any] = models.ManyToManyField(
        Event, related_name="deliveries"
    )
    types = models.JSONField(_("events"), default=list)  # of its events, each once
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    reason = models.CharField(
        _("reason"), max_length=20, blank=True, default=""
    )  # why it failed or was dropped
    next_try = models.DateTimeField(_("next attempt"), null=True)
    queued_until = models.DateTimeField(null=True)  # until then a message for it is on its way
    lease_until = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    title = models.CharField(max_length=200, blank=True, default="")  # as it was sent
    body = models.TextField(blank=True, default="")  # as it was sent, redacted
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("created"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            # One message per rule and batch, however many receivers write events.
            models.UniqueConstraint(
                fields=["rule"], condition=Q(state="pending"), name="one_pending_delivery_a_rule"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try"],
                condition=Q(state__in=["pending", "sending", "retrying"]),
                name="delivery_due",
            ),
            models.Index(fields=["channel", "-created_at"], name="delivery_of_channel"),
            models.Index(fields=["team", "-created_at"], name="delivery_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.uuid}"

    def get_absolute_url(self) -> str:
        return f"/settings/alerts/deliveries/{self.uuid}/"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.SENT, self.State.FAILED, self.State.DROPPED)


class Attempt(models.Model):
    """One try to send a delivery. Written before the request leaves, completed by its answer."""

    class State(models.TextChoices):
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        RETRYING = "retrying", _("Will be tried again")
        FAILED = "failed", _("Failed")
        LOST = "lost", _("Interrupted")  # its process ended before the answer was written

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    bucket = models.CharField(max_length=64, blank=True, default="")
    started = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.SENDING)
    reason = models.CharField(max_length=20, blank=True, default="")  # a word of channels.reasons
    status = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=50, blank=True, default="")
    detail = models.CharField(max_length=500, blank=True, default="")  # the answer's start
    next_try = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["delivery", "number"]
        indexes = [models.Index(fields=["bucket", "started"], name="attempt_of_bucket")]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"
