"""Adapters of allauth. Links lead to SITE_URL, no matter which host a request named."""

import base64
import os
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmation
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from xdportal.accounts import mail
from xdportal.accounts.models import User, validate_user_name
from xdportal.lib.middleware import NOWHERE, client_ip
from xdportal.lib.sealing import CannotOpen

# Of a secret that no row has yet: allauth doesn't say for whom it is sealed
UNBOUND = ["mfa.Authenticator", "secret"]


class BoundText(str):
    """A sealed secret that knows what it is bound to: allauth hands over the text alone."""

    context: Sequence[str] = ()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.OPEN_SIGN_UP)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        name = User.normalize_username(username)
        validate_user_name(name)
        return str(super().clean_username(name, shallow))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Do nothing: `guessing` slows attackers down without locking their victim out."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or NOWHERE

    def is_safe_url(self, url: str | None) -> bool:
        return url_has_allowed_host_and_scheme(
            url, {self.request.get_host()}, require_https=self.request.is_secure()
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; log it if the server is down.

        There may be no request: the worker has none.
        """
        site = SimpleNamespace(name="xdportal", domain=settings.SITE_HOST)
        text = {"request": self.request, "email": email, "current_site": site, **context}
        with mail.errors_logged():
            self.render_mail(template_prefix, email, text).send()

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmation
    ) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")


# allauth has no types.
class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.OPEN_SIGN_UP)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Seal the secrets of second factors with CREDENTIAL_KEYS; `factors` binds them to a user."""

    def encrypt(self, text: str) -> str:
        return str(settings.CREDENTIAL_KEYRING.seal(text, UNBOUND))

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret, or a random one, which no code fits.

        That is when its key is missing, or when it was copied from another user's row.
        """
        context = getattr(encrypted_text, "context", ())
        try:
            return str(settings.CREDENTIAL_KEYRING.open(encrypted_text, context))
        except CannotOpen:
            return base64.b32encode(os.urandom(20)).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": settings.SITE_HOST if settings.HTTPS else self._host(), "name": "xdportal"}

    def _host(self) -> str:
        return str(super().get_public_key_credential_rp_entity()["id"])
