"""Forms that create, change or delete an account."""

import zoneinfo
from functools import cache
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AdminUserCreationForm, BaseUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import emails, privacy
from xdportal.accounts.models import User, validate_user_name
from xdportal.lib.names import clean_name
from xdportal.lib.widgets import LongSelect


def time_zones() -> list[tuple[str, str]]:
    return [("", f"{settings.TIME_ZONE}"), *_known_zones()]


@cache
def _known_zones() -> list[tuple[str, str]]:
    """Return the names of zones, which take hundreds of files to find."""
    names = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith("Etc/")
    )
    return [(name, name.replace("_", " ")) for name in names]


class ProfileForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, required=False, widget=LongSelect
    )

    class Meta:
        model = User
        fields = ["language", "time_zone", "theme", "shortcuts"]
        labels = {
            "language": _("Language"),
            "theme": _("Theme"),
            "shortcuts": _("One-key shortcuts"),
        }
        help_texts = {
            "shortcuts": _(
                "Keyboard shortcuts such as / and g i. They are off while you type in a field."
            )
        }


class DeleteAccountForm(forms.Form):
    name = forms.CharField(label=_("Your user name"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if str(data.get("name", "")).strip() != self.user.get_username():
            raise ValidationError(_("The name does not match. Nothing was deleted."))
        if text := privacy.hindrance(self.user):
            raise ValidationError(str(text))
        return data


class _UserName:
    """The user name in our own forms; allauth's forms ask `adapters`."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    instance: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("At most 150 letters, digits and . + - _")

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if name != self.instance.username:
            validate_user_name(name)
            if User.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
                raise self.instance.unique_error_message(User, ["username"])
        return name


class NewUserForm(_UserName, AdminUserCreationForm[User]):
    pass


class UserForm(_UserName, UserChangeForm[User]):
    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if "email" in self.changed_data and emails.is_confirmed_by_another(email, self.instance):
            raise get_adapter().validation_error("email_taken")
        return email


class InvitedForm(_UserName, BaseUserCreationForm[User]):
    """A new account for someone invited.

    Its email address is the one that was invited, unless another account has it.
    """

    class Meta:
        model = User
        fields = ["username"]

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.email = "" if emails.owner_of(email) else email


class FirstAdministratorForm(_UserName, BaseUserCreationForm[User]):
    team = forms.CharField(
        label=_("Team name"),
        max_length=150,
        required=False,
        help_text=_(
            "Connections, pins and alerts belong to a team. You can invite people later. Leave it "
            "empty to work alone for now."
        ),
    )

    class Meta:
        model = User
        fields = ["username", "email"]

    def clean_team(self) -> str:
        return clean_name(self.cleaned_data["team"])

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)
