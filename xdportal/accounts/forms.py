import zoneinfo
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import User


def time_zones() -> list[tuple[str, str]]:
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", f"{settings.TIME_ZONE}"), *((name, name.replace("_", " ")) for name in names)]


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """The field is called `username` in HTML, as scripts and password managers know it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username or email")
        self.fields["login"].widget = forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"})
        self.fields["password"].help_text = ""

    def add_prefix(self, field_name: str) -> str:
        return str(super().add_prefix("username" if field_name == "login" else field_name))


class _KeyName:
    """allauth gives the name of a security key no label."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")


class AddKeyForm(_KeyName, AddWebAuthnForm):  # type: ignore[misc]
    pass


class EditKeyForm(_KeyName, EditWebAuthnForm):  # type: ignore[misc]
    pass


class ProfileForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones, required=False)

    class Meta:
        model = User
        fields = ["language", "time_zone", "theme", "shortcuts"]
        labels = {"language": _("Language"), "theme": _("Theme"), "shortcuts": _("One-key shortcuts")}
        help_texts = {"shortcuts": _("Keyboard shortcuts such as / and g i. They are off while you type in a field.")}


class FirstAdministratorForm(BaseUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["username", "email"]

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)
