from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.models import Team
from xdportal.connections.models import (
    ACCOUNT_FIELDS,
    LONGEST_INTERVAL,
    SHORTEST_INTERVAL,
    Connection,
    default_interval,
)
from xdportal.connections.signals import check_wanted
from xdportal.lib.names import clean_name
from xdportal.provider.credentials import (
    LONGEST_SECRET,
    AccountSecret,
    BareToken,
    Credential,
    is_account_id,
    is_secret,
    is_token,
)


def validate_account_id(text: str) -> None:
    if not is_account_id(text):
        raise ValidationError(_("An account ID has 1 to 64 visible ASCII characters, such as A27550582."))


def validate_secret(text: str) -> None:
    if not is_secret(text):
        raise ValidationError(_("A secret is one line of 8 to 512 characters."))


def validate_token(text: str) -> None:
    if not is_token(text):
        raise ValidationError(_("A token has 1 to 512 characters: letters, digits and . _ ~ + / = -"))


class WriteOnlyInput(forms.PasswordInput):
    """Never carries a value into the page; browsers do not fill it in."""

    def __init__(self) -> None:
        super().__init__(render_value=False, attrs={"autocomplete": "new-password", "maxlength": LONGEST_SECRET})


class CredentialForm(forms.Form):
    """Secret or token; nothing of what is stored is ever shown. With neither given, `credential` is None."""

    secret = forms.CharField(
        label=_("Secret"), required=False, strip=False, widget=WriteOnlyInput, validators=[validate_secret]
    )
    token = forms.CharField(
        label=_("or an access token"),
        required=False,
        widget=WriteOnlyInput,
        validators=[validate_token],
        help_text=_("A pasted token lives for 30 minutes; with a secret, checks run automatically."),
    )
    required = True

    def credential(self, account_id: str) -> Credential | None:
        if secret := self.cleaned_data["secret"]:
            return AccountSecret(account_id, secret)
        return BareToken(self.cleaned_data["token"]) if self.cleaned_data["token"] else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("secret") and data.get("token"):
            raise ValidationError(_("Enter either the secret or a token, not both."))
        if self.required and not self.errors and not (data.get("secret") or data.get("token")):
            raise ValidationError(_("Enter the account’s secret or a token."))
        return data


class ConnectionForm(forms.ModelForm[Connection]):
    interval = forms.IntegerField(
        label=_("Interval in seconds"),
        min_value=SHORTEST_INTERVAL,
        max_value=LONGEST_INTERVAL,
        help_text=_("How often the image list is checked."),
        initial=default_interval,
    )

    class Meta:
        model = Connection
        fields = ["name", "environment", "account_id", "interval"]
        labels = {"name": _("Name"), "environment": _("Environment"), "account_id": _("Account ID")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_id"].validators.append(validate_account_id)
        choices = self.fields["environment"].choices = list(Connection.Environment.choices)  # type: ignore[attr-defined]
        self.fields["environment"].initial = choices[0][0]
        if self.instance.pk and self.instance.is_fixed:
            for name in ("environment", "account_id"):
                self.fields[name].disabled = True

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def store(self) -> Connection:
        """Saves what was changed and nothing else; another account begins anew."""
        account = bool({"environment", "account_id"} & set(self.changed_data))
        if account:
            self.instance.account_changed()
        fields = [*self.changed_data, *(ACCOUNT_FIELDS if account else [])]
        self.instance.save(update_fields=fields)
        if account:
            check_wanted.send(Connection, connection=self.instance, account=True)
        return self.instance


class NewConnectionForm(CredentialForm, ConnectionForm):
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)
    field_order = ["team", "name", "environment", "account_id", "secret", "token", "interval"]

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = [team.pk for team in Team.objects.visible_to(viewer) if allows(team, Right.WORK)]
        self.fields["team"].queryset = Team.objects.filter(pk__in=teams)  # type: ignore[attr-defined]
        self.instance.owner = viewer.user

    def create(self, at: datetime) -> Connection:
        self.instance.team = self.cleaned_data["team"]
        credential = self.credential(self.cleaned_data["account_id"])
        assert credential is not None  # noqa: S101
        self.instance.set_credential(credential, at)
        return self.save()


class DeleteForm(forms.Form):
    name = forms.CharField(label=_("Name of the connection"), required=False)

    def __init__(self, connection: Connection, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="delete_%s")
        self.connection = connection

    def clean_name(self) -> str:
        if (name := str(self.cleaned_data["name"]).strip()) != self.connection.name:
            raise ValidationError(_("The name does not match. Nothing was deleted."))
        return name
