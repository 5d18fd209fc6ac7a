import zoneinfo
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AdminUserCreationForm, BaseUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from xdportal.accounts import emails, keys, privacy, tasks
from xdportal.accounts.access import Viewer, gives
from xdportal.accounts.models import (
    AuditEntry,
    Membership,
    Role,
    Scope,
    Team,
    User,
    validate_user_name,
)
from xdportal.lib.names import clean_name

INVITATIONS_AN_HOUR = 30
KEY_DAYS = (90, 30)


def time_zones() -> list[tuple[str, str]]:
    names = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith("Etc/")
    )
    return [("", f"{settings.TIME_ZONE}"), *((name, name.replace("_", " ")) for name in names)]


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
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


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]
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


class AddKeyForm(_KeyName, AddWebAuthnForm):  # type: ignore[misc]
    pass


class EditKeyForm(_KeyName, EditWebAuthnForm):  # type: ignore[misc]
    pass


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """Say “verification code”: a plain “code” means the provider's error codes here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Verification code")


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Verification code")


class ProfileForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones, required=False)

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


class TeamForm(forms.ModelForm[Team]):
    class Meta:
        model = Team
        fields = ["name"]
        labels = {"name": _("Name")}

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Email"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), initial=Role.MEMBER)

    def __init__(self, team: Team, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team, self.user = team, user
        choices = [choice for choice in Role.choices if gives(team, choice[0])]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.team.personal_of_id is not None:
            raise ValidationError(_("A personal team is for one person: create a team to share."))
        if self.team.users.filter(email__iexact=data.get("email", "")).exclude(email="").exists():
            raise ValidationError(_("Someone with this address is already in the team."))
        if invitations_of(self.user) >= INVITATIONS_AN_HOUR:
            raise ValidationError(_("Too many invitations for now. Try again in an hour."))
        return data


def invitations_of(user: User) -> int:
    """Return how many invitations the user sent in the last hour.

    Anyone may create a team: without a limit, anyone could make us write to anyone.
    """
    since = timezone.now() - timedelta(hours=1)
    return AuditEntry.objects.filter(kind=AuditEntry.Kind.INVITED, actor=user, at__gt=since).count()


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(label=_("New owner"), queryset=Membership.objects.none())

    def __init__(self, team: Team, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = team.memberships.exclude(user=user).select_related("user", "team")
        self.fields["to"].queryset = others  # type: ignore[attr-defined]
        self.fields["to"].label_from_instance = lambda one: one.user.get_username()  # type: ignore[attr-defined]


class AuditForm(forms.Form):
    """The query string of the audit trail. Invalid values are ignored."""

    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.none(),
        to_field_name="uuid",
        required=False,
        empty_label=_("everyone"),
    )
    kind = forms.ChoiceField(
        label=_("What"), choices=[("", _("everything")), *AuditEntry.Kind.choices], required=False
    )
    since = forms.DateField(
        required=False, label=_("Since"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label=_("Until"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.fields["person"].queryset = team.users.order_by("username")  # type: ignore[attr-defined]

    def entries(self) -> QuerySet[AuditEntry]:
        self.is_valid()
        asked = self.cleaned_data
        entries = AuditEntry.objects.of_team(self.team).select_related("actor", "subject")
        if person := asked.get("person"):
            entries = entries.filter(Q(actor=person) | Q(subject=person))
        if kind := asked.get("kind"):
            entries = entries.filter(kind=kind)
        if since := asked.get("since"):
            entries = entries.filter(at__date__gte=since)
        if until := asked.get("until"):
            entries = entries.filter(at__date__lte=until)
        return entries


class DeleteTeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), required=False)

    def __init__(self, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "delete_%s", **kwargs})
        self.team = team

    def clean_name(self) -> str:
        if (name := str(self.cleaned_data["name"]).strip()) != self.team.name:
            raise ValidationError(_("The name does not match. Nothing was deleted."))
        if self.team.personal_of_id is not None:
            raise ValidationError(_("A personal team goes with its account."))
        return name


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
    class Meta:
        model = User
        fields = ["username", "email"]

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)


class KeyForm(forms.Form):
    """A new API key. Only scopes that the creator's role allows are offered."""

    name = forms.CharField(label=_("Name"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"), widget=forms.CheckboxSelectMultiple, initial=[Scope.CHECK]
    )
    connections = forms.MultipleChoiceField(
        label=_("Only these connections"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None ticked: all of the team, those added later included."),
    )
    days = forms.TypedChoiceField(label=_("Expires"), coerce=int)

    def __init__(self, team: Team, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        connections = keys.connections_of(team, viewer)
        longest = settings.API_KEY_MAX_DAYS
        days = sorted({longest, *(some for some in KEY_DAYS if some < longest)}, reverse=True)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "scopes": [(scope.value, scope.label) for scope in keys.scopes_of(team, viewer.user)],
            "connections": [(str(uuid), name) for uuid, name in connections.items()],
            "days": [(number, _in_days(number)) for number in days],
        }
        for field, offered in choices.items():
            self.fields[field].choices = offered  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def wish(self) -> keys.NewKey:
        chosen = self.cleaned_data
        confined = [UUID(uuid) for uuid in chosen["connections"]] or None
        return keys.NewKey(chosen["name"], chosen["scopes"], chosen["days"], confined)


def _in_days(number: int) -> str:
    return ngettext("in %(number)d day", "in %(number)d days", number) % {"number": number}
