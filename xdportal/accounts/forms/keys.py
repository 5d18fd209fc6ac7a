from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from xdportal.accounts import keys
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Scope, Team
from xdportal.lib.forms import field_of
from xdportal.lib.names import clean_name

KEY_DAYS = (90, 30)


class KeyForm(forms.Form):
    """A new API key. Only scopes that the creator's role allows are offered."""

    name = forms.CharField(label=_("Name"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("What may the key do?"), widget=forms.CheckboxSelectMultiple, initial=[Scope.CHECK]
    )
    connections = forms.MultipleChoiceField(
        label=_("Only these connections"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("If none is ticked: all connections of the team, including those added later."),
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
            "days": [(number, in_days(number)) for number in days],
        }
        for name, offered in choices.items():
            field_of(self, name, forms.ChoiceField).choices = offered

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def wish(self) -> keys.NewKey:
        chosen = self.cleaned_data
        confined = [UUID(uuid) for uuid in chosen["connections"]] or None
        return keys.NewKey(chosen["name"], chosen["scopes"], chosen["days"], confined)


def in_days(number: int) -> str:
    return ngettext("in %(number)d day", "in %(number)d days", number) % {"number": number}
