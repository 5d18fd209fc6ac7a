"""The sealed credential of a connection, and the token obtained with it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from xdportal.lib.sealing import CannotOpen
from xdportal.provider.client import Token
from xdportal.provider.credentials import AccountSecret, BareToken, Credential

# A cached token is not used in the last minute of its life, or in its last tenth if that is less.
SPARE_SECONDS = 60


class CredentialUnreadable(Exception):
    """The sealed credential does not open and has to be entered again. The provider is not
    asked.
    """


def sealing_context(
    field: str, connection: UUID, owner: UUID | None, environment: str, account_id: str
) -> list[str]:
    """Return what a sealed text is bound to: it opens only for this row, owner and account."""
    owned_by = str(owner) if owner else ""
    return ["connections.Connection", field, str(connection), owned_by, environment, account_id]


class SealedCredential(models.Model):
    """Verbs save their own fields, and the instance agrees afterwards.

    On an instance that is not in the database yet, they only set the fields that its insert saves.
    """

    class CredentialKind(models.TextChoices):
        NONE = "", _("none")
        SECRET = "secret", _("Account ID and secret")
        TOKEN = "token", _("Access token")

    credential = models.TextField(blank=True, default="", editable=False)  # sealed
    credential_kind = models.CharField(
        _("kind of credential"),
        max_length=6,
        choices=CredentialKind,
        blank=True,
        default="",
        editable=False,
    )
    credential_hint = models.CharField(max_length=2, blank=True, default="", editable=False)
    credential_saved_at = models.DateTimeField(_("credential saved"), null=True, editable=False)
    # When the provider first accepted or refused it; empty while nobody has tried it.
    credential_tried_at = models.DateTimeField(null=True, editable=False)
    token = models.TextField(blank=True, default="", editable=False)  # sealed
    token_expires_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def context_of(self, field: str) -> list[str]:
        """Return what a sealed text of this row is bound to."""
        raise NotImplementedError

    def account_of_secret(self) -> str:
        raise NotImplementedError

    def opened_credential(self) -> Credential:
        context = self.context_of(f"credential.{self.credential_kind}")
        try:
            text = settings.CREDENTIAL_KEYRING.open(self.credential, context)
        except CannotOpen:
            raise CredentialUnreadable from None
        if self.credential_kind == self.CredentialKind.TOKEN:
            return BareToken(text)
        return AccountSecret(self.account_of_secret(), text)

    def keep_token(self, token: Token, minted_at: datetime) -> None:
        """Seal the token for all processes of this connection, beside the credential that minted
        it.

        That may have been replaced in the meantime; then nothing is saved.
        """
        life = token.life - min(SPARE_SECONDS, token.life / 10)
        self.token = settings.CREDENTIAL_KEYRING.seal(token.value, self.context_of("token"))
        self.token_expires_at = minted_at + timedelta(seconds=life)
        unchanged = self._stored.filter(credential=self.credential)
        unchanged.update(token=self.token, token_expires_at=self.token_expires_at)

    def drop_token(self) -> None:
        """Forget a refused token. One that another process has minted by now is used instead."""
        refused = self._stored.filter(token=self.token)
        if refused.update(token="", token_expires_at=None):
            self.token = ""
            self.token_expires_at = None
        else:
            self.refresh_from_db(fields=["token", "token_expires_at"])

    def cached_token(self, at: datetime) -> str | None:
        if not self.token or self.token_expires_at is None or self.token_expires_at <= at:
            return None
        try:
            return str(settings.CREDENTIAL_KEYRING.open(self.token, self.context_of("token")))
        except CannotOpen:
            return None  # a token is only a cache: the credential mints another

    @property
    def _stored(self) -> "models.QuerySet[Any]":
        return type(self)._default_manager.filter(pk=self.pk)

    def _save(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        if not self._state.adding:
            self._stored.update(**values)

    def _sealed(self, credential: Credential, at: datetime) -> dict[str, Any]:
        """Return the fields that hold a credential nobody has tried yet."""
        if isinstance(credential, AccountSecret):
            kind = self.CredentialKind.SECRET
            text = credential.secret
        else:
            kind = self.CredentialKind.TOKEN
            text = credential.token
        context = self.context_of(f"credential.{kind}")
        return {
            "credential": settings.CREDENTIAL_KEYRING.seal(text, context),
            "credential_kind": kind,
            "credential_hint": text[-2:],
            "credential_saved_at": at,
            **UNTRIED,
        }


UNTRIED: dict[str, Any] = {"credential_tried_at": None, "token": "", "token_expires_at": None}
NO_CREDENTIAL: dict[str, Any] = {
    "credential": "",
    "credential_kind": SealedCredential.CredentialKind.NONE,
    "credential_hint": "",
    "credential_saved_at": None,
    **UNTRIED,
}
