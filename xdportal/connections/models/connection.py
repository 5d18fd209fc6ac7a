import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import Team, User, new_slug
from xdportal.connections.models.credential import (
    NO_CREDENTIAL,
    UNTRIED,
    CredentialUnreadable,
    SealedCredential,
    sealing_context,
)
from xdportal.connections.models.kinds import ListKind
from xdportal.connections.signals import state_changed
from xdportal.lib.http import LONGEST_RETRY_AFTER
from xdportal.provider.credentials import Credential

SHORTEST_INTERVAL = 10
LONGEST_INTERVAL = 7 * 86400
LONGEST_WAIT = timedelta(seconds=LONGEST_RETRY_AFTER)
ASKS_APART = timedelta(seconds=10)  # "Check now" counts once in this time


def default_interval() -> int:
    return int(settings.CHECK_INTERVAL)


def all_kinds() -> list[str]:
    return list(ListKind.values)


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__", "uuid")


class Connection(SealedCredential):
    """One provider account in one environment, owned by one user, seen by one team."""

    class Environment(models.TextChoices):
        PRODUCTION = "production", _("production")
        SANDBOX = "sandbox", _("sandbox")

    class State(models.TextChoices):
        OK = "ok", _("Working")
        ATTENTION = "attention", _("Needs attention")
        PAUSED = "paused", _("Paused")

    class Reason(models.TextChoices):
        """Why a connection needs attention or is paused."""

        AUTH = "auth", _("The provider refused the account ID or the secret.")
        UNREADABLE = (
            "unreadable",
            _("The stored credential cannot be decrypted: enter it again."),
        )
        TOKEN_EXPIRED = (
            "token_expired",
            _("A pasted token is valid for 30 minutes, and this one has expired."),
        )
        OWNER_GONE = "owner_gone", _("Its owner left the team, and the credential was erased.")
        BY_USER = "by_user", _("Paused by a member of the team.")

    summaries: list[SafeString]  # one a room, where hooks.add_summaries was called

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("short name"), max_length=64, unique=True, editable=False)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="connections"
    )
    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="connections",
    )
    name = models.CharField(_("name"), max_length=100)
    environment = models.CharField(_("environment"), max_length=10, choices=Environment)
    account_id = models.CharField(_("account ID"), max_length=64)
    interval = models.PositiveIntegerField(
        _("interval"),
        default=default_interval,
        validators=[MinValueValidator(SHORTEST_INTERVAL), MaxValueValidator(LONGEST_INTERVAL)],
    )  # seconds; all lists of an account are read at one pace
    kinds = models.JSONField(default=all_kinds)  # the lists that are read, by name
    suspect_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )  # share of ids gone that makes an answer suspect; empty: the site's
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.OK, editable=False
    )
    reason = models.CharField(
        _("reason"), max_length=20, choices=Reason, blank=True, default="", editable=False
    )
    not_before = models.DateTimeField(
        _("not before"), null=True, editable=False
    )  # the provider's Retry-After
    check_asked_at = models.DateTimeField(null=True, editable=False)  # the latest "Check now"
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
            without_ascii = slugify(self.account_id)[:40].strip("-_")
            self.slug = new_slug(self.name, without_ascii or "c")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("connection", args=[self.slug])

    @property
    def base_url(self) -> str:
        return str(settings.PROVIDER_URLS[self.environment])

    @property
    def is_untried(self) -> bool:
        """Whether the provider has not yet been asked about the stored credential."""
        return self.state != self.State.PAUSED and self.credential_tried_at is None

    @property
    def is_refused(self) -> bool:
        """Whether the stored credential was tried and does not work."""
        return self.state == self.State.ATTENTION and not self.is_untried

    def context_of(self, field: str) -> list[str]:
        owner = self.owner.uuid if self.owner else None
        return sealing_context(field, self.uuid, owner, self.environment, self.account_id)

    def account_of_secret(self) -> str:
        return self.account_id

    def opened_credential(self) -> Credential:
        if not self.credential or self.owner is None:
            raise CredentialUnreadable
        return super().opened_credential()

    def set_credential(self, credential: Credential, at: datetime) -> None:
        """Seal the credential. A pause for the former one ends.

        A connection that needs attention recovers when the provider accepts the new one.
        """
        self._save(**self._sealed(credential, at))
        if self.reason in {self.Reason.TOKEN_EXPIRED, self.Reason.OWNER_GONE}:
            self._become(self.State.OK, "", only=[self.State.PAUSED])

    def take_over(self, owner: User, credential: Credential, at: datetime) -> bool:
        """Give an ownerless connection an owner and a credential; False if another was faster."""
        if not self._stored.filter(owner=None).update(owner=owner):
            return False
        self.owner = owner
        self.set_credential(credential, at)
        return True

    def needs_attention(self, reason: str) -> None:
        self._note_tried()
        self._become(self.State.ATTENTION, reason, unless=[self.State.PAUSED])

    def was_refused(self, reason: str, asked_at: datetime) -> None:
        """Note that the provider refused the credential, unless it was replaced since
        `asked_at`.
        """
        saved_at = self.credential_saved_at
        if saved_at is not None and asked_at < saved_at <= timezone.now():
            return
        is_token = self.credential_kind == self.CredentialKind.TOKEN
        if is_token and reason != self.Reason.UNREADABLE:
            self.pause_for_token()
        else:
            self.needs_attention(reason or self.Reason.AUTH)

    def recovered(self) -> None:
        """Note that the provider accepted the credential. A pause stays: a member wanted it."""
        if self.credential_tried_at is None:
            self._note_tried()
        if self.state == self.State.ATTENTION:
            self._become(self.State.OK, "", only=[self.State.ATTENTION])

    def pause(self, reason: str = Reason.BY_USER) -> None:
        self._become(self.State.PAUSED, reason)

    def pause_for_token(self) -> None:
        """Pause because the pasted token has expired. A pause that a member wanted stays as it
        is.
        """
        self._become(self.State.PAUSED, self.Reason.TOKEN_EXPIRED, unless=[self.State.PAUSED])

    def resume(self) -> None:
        self._become(self.State.OK, "")

    def change_account(self, environment: str, account_id: str) -> None:
        """Read another account from now on. The credential stays and has to prove itself again."""
        credential = self._credential_or_none()
        self._save(environment=environment, account_id=account_id, not_before=None, **UNTRIED)
        if credential is not None and self.credential_saved_at is not None:
            self._save(**self._sealed(credential, self.credential_saved_at))
        self._become(self.State.OK, "", only=[self.State.ATTENTION])

    def choose_kinds(self, kinds: Iterable[str]) -> None:
        chosen = set(kinds)
        self._save(kinds=[kind for kind in all_kinds() if kind in chosen])

    def move(self, team: Team) -> None:
        self._save(team=team)

    def wait_until(self, moment: datetime) -> None:
        self._save(not_before=moment)

    def is_held_back(self, at: datetime) -> bool:
        """Whether the provider's Retry-After holds. One that lies too far ahead never does."""
        if self.not_before is None:
            return False
        return at < self.not_before <= at + LONGEST_WAIT

    def ask_for_check(self, at: datetime) -> bool:
        """Note a "Check now"; return False if the last one was less than ten seconds ago."""
        lately = Q(check_asked_at__gt=at - ASKS_APART, check_asked_at__lte=at)
        asked = bool(self._stored.exclude(lately).update(check_asked_at=at))
        if asked:
            self.check_asked_at = at
        return asked

    def orphan(self) -> None:
        """Pause without an owner: credential and token are erased, the history stays."""
        self._save(owner=None, **NO_CREDENTIAL)
        self._become(self.State.PAUSED, self.Reason.OWNER_GONE)

    def _credential_or_none(self) -> Credential | None:
        try:
            return self.opened_credential()
        except CredentialUnreadable:
            return None

    def _note_tried(self) -> None:
        """Only beside the credential that was tried: it may have been replaced in the meantime."""
        now = timezone.now()
        if self._stored.filter(credential=self.credential).update(credential_tried_at=now):
            self.credential_tried_at = now

    def _become(
        self,
        state: State,
        reason: str,
        *,
        only: Sequence[State] = (),
        unless: Sequence[State] = (),
    ) -> None:
        """Save these two fields, if the state in the database is one to start from."""
        if self._state.adding:
            self.state = state
            self.reason = reason
            return
        with transaction.atomic():
            rows = self._stored.select_for_update()
            before = rows.values_list("state", flat=True).first()
            if before is None or before in unless or (only and before not in only):
                return
            self._save(state=state, reason=reason)
            if before != state:
                state_changed.send(Connection, connection=self, at=timezone.now())
