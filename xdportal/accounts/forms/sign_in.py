"""Forms of allauth, with our labels."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import emails, tasks


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    """Call the field `username`, the name that password managers know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username or email")
        self.fields["login"].widget = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none"}
        )
        self.fields["password"].help_text = ""

    def add_prefix(self, field_name: str) -> str:
        return str(super().add_prefix("username" if field_name == "login" else field_name))


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    def clean_email(self) -> str:
        """Skip allauth's lookup of the accounts: the worker does that."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = str(self.cleaned_data["email"])
        tasks.queue_password_reset(emails.owner_of(email))
        return email


class _KeyName:
    """Give the name of a security key the label that allauth leaves out."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")


class AddKeyForm(_KeyName, AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    pass


class EditKeyForm(_KeyName, EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    pass


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """Say “verification code”: a plain “code” means the provider's error codes here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Verification code")


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Verification code")
