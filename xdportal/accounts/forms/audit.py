from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import AuditEntry, Team, User
from xdportal.lib.forms import field_of


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
        people = team.users.order_by("username")
        field_of(self, "person", forms.ModelChoiceField).queryset = people

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
