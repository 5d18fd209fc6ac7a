from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.models import Team
from xdportal.connections import hooks
from xdportal.connections.actions import Settings, teams_to_move_to
from xdportal.connections.models import (
    LONGEST_INTERVAL,
    SHORTEST_INTERVAL,
    Connection,
    ListKind,
    default_interval,
)
from xdportal.lib.dates import seconds_of, short_length
from xdportal.lib.forms import field_of
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

ACCOUNT = ("environment", "account_id")


def validate_account_id(text: str) -> None:
    if not is_account_id(text):
        raise ValidationError(
            _("An account ID has 1 to 64 visible ASCII characters, such as A27550582.")
        )


def validate_secret(text: str) -> None:
    if not is_secret(text):
        raise ValidationError(_("A secret must be one line of 8 to 512 characters."))


def validate_token(text: str) -> None:
    if not is_token(text):
        raise ValidationError(
            _("A token has 1 to 512 characters: letters, digits and . _ ~ + / = -")
        )


class WriteOnlyInput(forms.PasswordInput):
    """Never carries a value into the page; browsers do not fill it in."""

    def __init__(self) -> None:
        attributes = {"autocomplete": "new-password", "maxlength": LONGEST_SECRET}
        super().__init__(render_value=False, attrs=attributes)


class CredentialForm(forms.Form):
    """Secret or token; what is stored is never shown. With neither given, `credential` is None."""

    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        strip=False,
        widget=WriteOnlyInput,
        validators=[validate_secret],
    )
    token = forms.CharField(
        label=_("or an access token"),
        required=False,
        widget=WriteOnlyInput,
        validators=[validate_token],
        help_text=_(
            "A pasted token is valid for 30 minutes; with a secret, checks run automatically."
        ),
    )
    required = True

    def credential(self, account_id: str) -> Credential | None:
        secret = self.cleaned_data["secret"]
        token = self.cleaned_data["token"]
        if secret:
            return AccountSecret(account_id, secret)
        return BareToken(token) if token else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = [name for name in ("secret", "token") if data.get(name)]
        if len(given) == 2:
            raise ValidationError(_("Enter either the secret or a token, not both."))
        if self.required and not self.errors and not given:
            raise ValidationError(_("Enter the account’s secret or a token."))
        return data


class KindsForm(forms.Form):
    """The lists that a connection reads."""

    kinds = forms.MultipleChoiceField(
        label=_("Lists to read"),
        choices=ListKind.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=ListKind.values,
        help_text=_("Leave out a list that the account may not read. Its history stays."),
        error_messages={"required": _("Choose at least one list.")},
    )


class IntervalField(forms.IntegerField):
    """A number of seconds, or a time in words: `30 min`, `2 h`, `1 d`. It is shown in words."""

    widget = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return short_length(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str) and value.strip():
            value = seconds_of(value)
            if value is None:
                raise ValidationError(_("Enter a time such as 90 s, 30 min, 2 h or 1 d."))
        return super().to_python(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial() if callable(initial) else initial
        return bool(seconds_of(str(data)) != before)


class ConnectionForm(forms.ModelForm[Connection]):
    interval = IntervalField(
        label=_("Interval"),
        min_value=SHORTEST_INTERVAL,
        max_value=LONGEST_INTERVAL,
        help_text=_("How often its lists are checked: 90 s, 30 min, 2 h or 1 d."),
        error_messages={
            "min_value": _("At least 10 seconds."),
            "max_value": _("At most 7 days."),
        },
        initial=default_interval,
    )

    class Meta:
        model = Connection
        fields = ["name", "environment", "account_id", "interval"]
        labels = {
            "name": _("Name"),
            "environment": _("Environment"),
            "account_id": _("Account ID"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_id"].validators.append(validate_account_id)
        environment = field_of(self, "environment", forms.ChoiceField)
        environment.choices = list(Connection.Environment.choices)
        environment.initial = Connection.Environment.PRODUCTION
        if self.instance.pk and hooks.has_history(self.instance):
            self.fix_account()

    def fix_account(self) -> None:
        for name in ACCOUNT:
            self.fields[name].disabled = True

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    @property
    def settings(self) -> Settings:
        """Return what was changed."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        return Settings(**changed)


class NewConnectionForm(CredentialForm, KindsForm, ConnectionForm):
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)
    field_order = [
        *("team", "name", "environment", "account_id", "secret", "token"),
        *("kinds", "interval"),
    ]

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(viewer)
        keys = [team.pk for team in teams if allows(team, Right.WORK)]
        offered = Team.objects.filter(pk__in=keys).by_use()
        field_of(self, "team", forms.ModelChoiceField).queryset = offered

    def connection(self) -> Connection:
        """Return the connection, to be created."""
        self.instance.team = self.cleaned_data["team"]
        self.instance.choose_kinds(self.cleaned_data["kinds"])
        return self.instance

    def new_credential(self) -> Credential:
        credential = self.credential(self.cleaned_data["account_id"])
        assert credential is not None  # noqa: S101
        return credential


class MoveForm(forms.Form):
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)

    def __init__(
        self, connection: Connection, viewer: Viewer, data: QueryDict | None = None
    ) -> None:
        super().__init__(data, auto_id="move_%s")
        self.teams = teams_to_move_to(connection, viewer)
        keys = [team.pk for team in self.teams]
        offered = Team.objects.filter(pk__in=keys).by_use()
        field_of(self, "team", forms.ModelChoiceField).queryset = offered


class DeleteForm(forms.Form):
    name = forms.CharField(label=_("Name of the connection"), required=False)

    def __init__(self, connection: Connection, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="delete_%s")
        self.connection = connection

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if name != self.connection.name:
            raise ValidationError(_("The name does not match. Nothing was deleted."))
        return name
