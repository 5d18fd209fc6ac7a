import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models.teams import Team
from xdportal.accounts.models.users import User

USE_NOTED_EVERY = timedelta(minutes=1)
SOON = timedelta(days=30)  # before a key expires, when it is offered to renew it


class Scope(models.TextChoices):
    CHECK = "check", _("resolve and check IDs: enough for CI")
    READ = "read", _("lists, history, events")
    PINS = "pins", _("write pins and recipes")
    RUN = "run", _("start a check now")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__")

    def usable(self, at: datetime) -> Self:
        """Return keys that work: neither revoked nor expired, of an active member of the team."""
        alive = self.filter(revoked_at=None, expires_at__gt=at, creator__is_active=True)
        return alive.filter(team__memberships__user=F("creator"))

    def kept(self) -> Self:
        """Return keys that were not revoked, including expired ones."""
        return self.filter(revoked_at=None)

    def revoke(self, at: datetime) -> int:
        return self.filter(revoked_at=None).update(revoked_at=at)


class ApiKey(models.Model):
    """Gives a program access to the API, with at most the rights its creator has in the team now.

    Only a hash of the secret part is stored; the id in front of it finds the row.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="api_keys"
    )
    creator = models.ForeignKey(
        User, verbose_name=_("created by"), on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(_("name"), max_length=100)
    scopes = models.JSONField(_("scopes"))  # words of Scope
    connections = models.JSONField(
        _("connections"), null=True
    )  # their uuids; null: all of the team
    key_id = models.CharField(_("begins with"), max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    renewed_at = models.DateTimeField(_("renewed"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    last_used_ip = models.GenericIPAddressField(_("last used from"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def prefix(self) -> str:
        """The part of the key that may be shown."""
        return f"xdp_{self.key_id}"

    @property
    def term(self) -> timedelta:
        """How long the key was made, or last renewed, for."""
        return self.expires_at - (self.renewed_at or self.created_at)

    def expires_soon(self, at: datetime) -> bool:
        """Return whether the key still works, but is near its end."""
        return timedelta(0) < self.expires_at - at <= min(SOON, self.term / 2)

    def note_use(self, at: datetime, ip: str | None) -> None:
        """Note when and from where the key was used, at most once a minute."""
        due = at - USE_NOTED_EVERY
        if self.last_used_at is not None and self.last_used_at > due:
            return
        rows = ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=due), pk=self.pk)
        if rows.update(last_used_at=at, last_used_ip=ip):
            self.last_used_at = at
            self.last_used_ip = ip
