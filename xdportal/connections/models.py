import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import Team, User, new_slug
from xdportal.connections.signals import state_changed
from xdportal.lib.sealing import CannotOpen
from xdportal.provider import kinds
from xdportal.provider.client import Token
from xdportal.provider.credentials import AccountSecret, BareToken, Credential

SPARE_SECONDS = 60  # a cached token is not used in the last minute of its life (or its last tenth, if that is less)
SHORTEST_INTERVAL, LONGEST_INTERVAL = 10, 7 * 86400


def default_interval() -> int:
    return int(settings.CHECK_INTERVAL)


def all_kinds() -> list[str]:
    return list(kinds.KINDS)


# What set_credential() writes; nothing else is saved with it.
CREDENTIAL_FIELDS = [
    *("credential", "credential_kind", "credential_hint", "credential_saved_at"),
    *("token", "token_expires_at", "state", "reason", "owner"),
]


ACCOUNT_FIELDS = ["token", "token_expires_at", "not_before", "state", "reason"]  # what account_changed() empties


class CredentialUnreadable(Exception):
    """The sealed credential does not open: it must be entered again. The provider is not asked."""


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__", "uuid")


class Connection(models.Model):
    """One provider account in one environment, owned by one user, seen by one team."""

    class Environment(models.TextChoices):
        PRODUCTION = "production", _("production")
        SANDBOX = "sandbox", _("sandbox")

    class State(models.TextChoices):
        OK = "ok", _("Working")
        ATTENTION = "attention", _("Needs attention")
        PAUSED = "paused", _("Paused")

    class CredentialKind(models.TextChoices):
        NONE = "", _("none")
        SECRET = "secret", _("Account ID and secret")
        TOKEN = "token", _("Access token")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=64, unique=True, editable=False)
    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="connections")
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL, related_name="connections"
    )
    name = models.CharField(_("name"), max_length=100)
    environment = models.CharField(_("environment"), max_length=10, choices=Environment)
    account_id = models.CharField(_("account ID"), max_length=64)
    interval = models.PositiveIntegerField(
        _("interval"),
        default=default_interval,
        validators=[MinValueValidator(SHORTEST_INTERVAL), MaxValueValidator(LONGEST_INTERVAL)],
    )  # seconds; all catalogs of an account are read at one pace
    kinds = models.JSONField(default=all_kinds)  # the lists that are read, by name
    suspect_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )  # share of ids gone that makes an answer suspect; empty: the site's
    credential = models.TextField(blank=True, default="", editable=False)  # sealed
    credential_kind = models.CharField(max_length=6, choices=CredentialKind, blank=True, default="", editable=False)
    credential_hint = models.CharField(max_length=2, blank=True, default="", editable=False)
    credential_saved_at = models.DateTimeField(null=True, editable=False)
    token = models.TextField(blank=True, default="", editable=False)  # sealed
    token_expires_at = models.DateTimeField(null=True, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OK, editable=False)
    reason = models.CharField(max_length=20, blank=True, default="", editable=False)  # a word of words.REASONS
    not_before = models.DateTimeField(null=True, editable=False)  # the provider's Retry-After
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_environment_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = new_slug(self.name, "c")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("connection", args=[self.slug])

    @property
    def base_url(self) -> str:
        return str(settings.PROVIDER_URLS[self.environment])

    @property
    def is_fixed(self) -> bool:
        """Once there is history, it is that of this account in this environment."""
        return bool(self.pk) and self.catalogs.filter(latest_snapshot__isnull=False).exists()

    def context_of(self, field: str) -> list[str]:
        """What a sealed text of this row is bound to."""
        return ["connections.Connection", field, str(self.uuid), str(self.owner.uuid) if self.owner else ""]

    def set_credential(self, credential: Credential, at: datetime) -> None:
        """Seals and keeps the credential; what hung on the former one (token, attention, pause for it) goes."""
        if isinstance(credential, AccountSecret):
            kind, text = self.CredentialKind.SECRET, credential.secret
        else:
            kind, text = self.CredentialKind.TOKEN, credential.token
        self.credential_kind, self.credential_hint, self.credential_saved_at = kind, text[-2:], at
        self.credential = settings.CREDENTIAL_KEYRING.seal(text, self.context_of(f"credential.{kind}"))
        self.token, self.token_expires_at = "", None
        if self.state == self.State.ATTENTION or self.reason in {"token_expired", "owner_gone"}:
            self.state, self.reason = self.State.OK, ""

    def opened_credential(self) -> Credential:
        if not self.credential or self.owner is None:
            raise CredentialUnreadable
        try:
            text = settings.CREDENTIAL_KEYRING.open(
                self.credential, self.context_of(f"credential.{self.credential_kind}")
            )
        except CannotOpen:
            raise CredentialUnreadable from None
        return BareToken(text) if self.credential_kind == "token" else AccountSecret(self.account_id, text)

    def keep_token(self, token: Token, minted_at: datetime) -> None:
        """Seals the token for all processes of this connection; never for a neighbour with the same account.

        Only beside the credential that minted it: that may have been replaced meanwhile.
        """
        life = token.life - min(SPARE_SECONDS, token.life / 10)
        self.token = settings.CREDENTIAL_KEYRING.seal(token.value, self.context_of("token"))
        self.token_expires_at = minted_at + timedelta(seconds=life)
        rows = Connection.objects.filter(pk=self.pk, credential=self.credential)
        rows.update(token=self.token, token_expires_at=self.token_expires_at)

    def drop_token(self) -> None:
        """The token in hand is refused. A newer one, which another process minted meanwhile, is taken over instead."""
        refused = Connection.objects.filter(pk=self.pk, token=self.token)
        if refused.update(token="", token_expires_at=None):
            self.token, self.token_expires_at = "", None
        else:
            self.refresh_from_db(fields=["token", "token_expires_at"])

    def cached_token(self, at: datetime) -> str | None:
        if not self.token or self.token_expires_at is None or self.token_expires_at <= at:
            return None
        try:
            return str(settings.CREDENTIAL_KEYRING.open(self.token, self.context_of("token")))
        except CannotOpen:
            return None  # a token is only a cache: the credential mints another

    def needs_attention(self, reason: str) -> None:
        self._become(self.State.ATTENTION, reason, unless=[self.State.PAUSED])

    def pause(self, reason: str) -> None:
        self._become(self.State.PAUSED, reason)

    def pause_for_token(self) -> None:
        """The pasted token has expired. A pause that somebody wished keeps its reason."""
        self._become(self.State.PAUSED, "token_expired", unless=[self.State.PAUSED])

    def resume(self) -> None:
        self._become(self.State.OK, "")

    def recovered(self) -> None:
        """A check went well. A pause stays: it was somebody's wish."""
        if self.state == self.State.ATTENTION:
            self._become(self.State.OK, "", unless=[self.State.PAUSED])

    def account_changed(self) -> None:
        """Another account or environment: nothing that hung on the former one stays."""
        self.token, self.token_expires_at, self.not_before = "", None, None
        self.state, self.reason = self.State.OK, ""

    def wait_until(self, moment: datetime) -> None:
        self.not_before = moment
        self.save(update_fields=["not_before"])

    def orphan(self) -> None:
        """The owner is gone: credential and token are wiped, the history stays."""
        Connection.objects.filter(pk=self.pk).update(
            owner=None,
            credential="",
            credential_kind="",
            credential_hint="",
            credential_saved_at=None,
            token="",
            token_expires_at=None,
            state=self.State.PAUSED,
            reason="owner_gone",
        )

    def is_held_back(self, at: datetime) -> bool:
        return self.not_before is not None and self.not_before > at

    def _become(self, state: "Connection.State", reason: str, unless: Sequence["Connection.State"] = ()) -> None:
        """Writes these two fields alone, and only over what stands there now: others may have changed it."""
        rows = Connection.objects.filter(pk=self.pk).exclude(state__in=unless)
        with transaction.atomic():
            before = rows.select_for_update().values_list("state", flat=True).first()
            if before is None:
                return
            rows.update(state=state, reason=reason)
            self.state = state
            self.reason = reason
            if before != state:
                state_changed.send(Connection, connection=self, at=timezone.now())
