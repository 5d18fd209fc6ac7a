from django import forms
from django.utils.translation import gettext_lazy as _

from xdportal.alerts.models import Rule


class OwnForm(forms.Form):
    """The mails that a person gets without any rule of a team."""

    active = forms.BooleanField(label=_("Send me mails"), required=False)
    pins = forms.BooleanField(label=_("About my pins"), required=False)
    pins_level = forms.ChoiceField(label=_("Minimum level"), choices=Rule.Level.choices)
    pins_mode = forms.ChoiceField(label=_("How often"), choices=Rule.Mode.choices)
    attention = forms.BooleanField(
        label=_("About my connections, and all connections of teams that I own"), required=False
    )
    attention_level = forms.ChoiceField(label=_("Minimum level"), choices=Rule.Level.choices)
    attention_mode = forms.ChoiceField(label=_("How often"), choices=Rule.Mode.choices)
