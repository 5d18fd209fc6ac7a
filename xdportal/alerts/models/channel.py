import json
import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self, TypeVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Membership, Team, User
from xdportal.alerts.channels.base import Config
from xdportal.alerts.channels.registry import LABELS, MAIL, bucket_of, shown_address
from xdportal.catalog.models.due import still_holds
from xdportal.connections.models import LONGEST_WAIT, Connection

Rows = TypeVar("Rows", bound=models.QuerySet[Any])


class Kind(models.TextChoices):
    MAIL = "mail", LABELS["mail"]
    WEBHOOK = "webhook", LABELS["webhook"]
    DINGTALK = "dingtalk", LABELS["dingtalk"]
    FEISHU = "feishu", LABELS["feishu"]
    WECOM = "wecom", LABELS["wecom"]
    SLACK = "slack", LABELS["slack"]
    TEAMS = "teams", LABELS["teams"]


def of_viewer(rows: Rows, viewer: Viewer, path: str = "") -> Rows:
    """Return the rows of the viewer's teams' channels, and of the viewer's own.

    `path` leads to the model that has `team` and `user`: "" or "channel__". A viewer confined to
    some connections sees none.
    """
    if viewer.user.pk is None or viewer.connections is not None:
        return rows.none()
    memberships = Membership.objects.filter(team=OuterRef(f"{path}team"), user=viewer.user.pk)
    is_own = Q(**{f"{path}user": viewer.user.pk})
    role = Case(
        When(is_own, then=Value("owner")),
        default=Subquery(memberships.values("role")[:1]),
        output_field=models.CharField(),
    )
    ceiling = Value(" ".join(sorted(viewer.ceiling)))
    found = rows.annotate(viewer_role=role, viewer_ceiling=ceiling)
    found = found.filter(viewer_role__isnull=False)
    if viewer.team is not None:
        found = found.filter(**{f"{path}team": viewer.team.pk})
    return found


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return of_viewer(self, viewer)

    def personal(self, user: User) -> "Channel":
        """Return the user's own mail address as a channel, made with its two rules if need be."""
        values = {"kind": Kind.MAIL, "name": user.get_username()}
        channel, made = self.get_or_create(user=user, defaults=values)
        if made:
            for events, level in (
                (Rule.Events.PINS, Rule.Level.CRITICAL),
                (Rule.Events.ATTENTION, Rule.Level.INFO),
            ):
                Rule.objects.create(channel=channel, events=events, level=level)
        return channel


class Channel(models.Model):
    """Where messages go: a team's, or one person's own mail address.

    A person's channel has no configuration: it follows the account's address, language and zone.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        OFF = "off", _("Off")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, on_delete=models.CASCADE, related_name="channels"
    )
    user = models.OneToOneField(
        User,
        verbose_name=_("person"),
        null=True,
        on_delete=models.CASCADE,
        related_name="alert_channel",
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=100)
    config = models.TextField(blank=True, default="", editable=False)  # sealed
    shown = models.CharField(max_length=300, blank=True, default="")  # host and last characters
    bucket = models.CharField(max_length=64, blank=True, default="")  # of its rate
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    digest_hour = models.PositiveSmallIntegerField(
        _("hour of digests"), default=9, validators=[MaxValueValidator(23)]
    )
    digest_weekday = models.PositiveSmallIntegerField(
        _("weekday"), default=0, validators=[MaxValueValidator(6)]
    )  # Monday
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.ACTIVE)
    reason = models.CharField(
        _("reason"), max_length=20, blank=True, default=""
    )  # a word of channels.reasons
    tested_at = models.DateTimeField(_("last test"), null=True)  # the last test that arrived
    last_success_at = models.DateTimeField(_("last success"), null=True)
    last_failure_at = models.DateTimeField(_("last failure"), null=True)
    last_failure = models.CharField(
        _("reason of the last failure"), max_length=20, blank=True, default=""
    )  # as `reason`
    last_failure_code = models.CharField(
        _("code of the last failure"), max_length=50, blank=True, default=""
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team=None) ^ Q(user=None), name="channel_of_team_or_user"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/settings/alerts/channels/{self.uuid}/"

    @property
    def is_personal(self) -> bool:
        return self.user_id is not None

    @property
    def context(self) -> list[str]:
        """Return what the sealed configuration is bound to."""
        return ["alerts.Channel", "config", str(self.uuid), self.kind]

    def set_config(self, config: Config) -> None:
        """Seal a configuration; to be saved by the caller with SEALED_FIELDS."""
        text = json.dumps(asdict(config))
        self.config = settings.CREDENTIAL_KEYRING.seal(text, self.context)
        self.shown = shown_address(self.kind, config)
        self.bucket = "" if self.kind == MAIL else bucket_of(self.kind, config)

    def opened_config(self) -> Config:
        """Raise the keyring's error if no key opens it."""
        if self.user is not None:
            return Config(self.user.email)
        text = settings.CREDENTIAL_KEYRING.open(self.config, self.context)
        return Config(**json.loads(text))


SEALED_FIELDS = ("config", "shown", "bucket")


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return of_viewer(self, viewer, "channel__")


class Rule(models.Model):
    """Which events go to a channel, and how often."""

    class Events(models.TextChoices):
        PINS = "pins", _("Pins")
        CHANGES = "changes", _("Changes of lists")
        ATTENTION = "attention", _("Connections that need attention")
        ALL = "all", _("Everything")

    class Level(models.TextChoices):
        INFO = "info", _("All")
        WARNING = "warning", _("Warnings and critical")
        CRITICAL = "critical", _("Critical only")

    class Mode(models.TextChoices):
        INSTANT = "instant", _("At once")
        HOURLY = "hourly", _("Once an hour")
        DAILY = "daily", _("Once a day")
        WEEKLY = "weekly", _("Once a week")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="rules")
    events = models.CharField(_("events"), max_length=9, choices=Events)
    level = models.CharField(_("level"), max_length=8, choices=Level, default=Level.INFO)
    mode = models.CharField(_("how often"), max_length=7, choices=Mode, default=Mode.INSTANT)
    # Not by an empty set alone: a rule for one connection must not become a rule for all of them
    # when that connection is deleted.
    all_connections = models.BooleanField(default=True)
    connections: models.ManyToManyField[Connection, Any] = models.ManyToManyField(
        Connection, related_name="+", blank=True
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.events} {self.level} {self.mode}"


class RateBucket(models.Model):
    """One robot address: the row that senders lock before they count its messages."""

    key = models.CharField(max_length=64, unique=True)
    blocked_until = models.DateTimeField(null=True)  # the vendor asked to wait

    def __str__(self) -> str:
        return self.key[:8]

    def is_blocked(self, at: datetime) -> bool:
        return still_holds(self.blocked_until, at, LONGEST_WAIT)
