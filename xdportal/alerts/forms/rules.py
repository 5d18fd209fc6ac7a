from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xdportal.accounts.access import Viewer
from xdportal.alerts.actions import RuleWish
from xdportal.alerts.models import Channel, Rule
from xdportal.connections.models import Connection
from xdportal.lib.forms import field_of


class RuleForm(forms.Form):
    """Which events go to a channel, and how often."""

    events = forms.ChoiceField(label=pgettext_lazy("rule", "What"), choices=Rule.Events.choices)
    level = forms.ChoiceField(
        label=_("Minimum level"), choices=Rule.Level.choices, initial=Rule.Level.CRITICAL
    )
    mode = forms.ChoiceField(label=_("How often"), choices=Rule.Mode.choices)
    connections = forms.ModelMultipleChoiceField(
        label=_("Only these connections"),
        queryset=Connection.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("If none is ticked: all connections of the team, including those added later."),
    )

    def __init__(self, channel: Channel, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Connection.objects.visible_to(viewer).filter(team=channel.team_id)
        field_of(self, "connections", forms.ModelMultipleChoiceField).queryset = rows

    def wish(self) -> RuleWish:
        data = self.cleaned_data
        chosen = tuple(data["connections"]) or None
        return RuleWish(data["events"], data["level"], data["mode"], chosen)
