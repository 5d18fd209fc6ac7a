from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import Team
from xdportal.alerts.forms import Choices
from xdportal.alerts.forms.pins import MuteForm, catalog_label
from xdportal.alerts.models import ExpectedChange
from xdportal.catalog.models import Catalog
from xdportal.lib.forms import field_of

FORMAT = "%Y-%m-%dT%H:%M"
LONGEST_LIST = 10_000


class _OfLists(forms.Form):
    """A form about one of the team's lists."""

    catalog = Choices(label=_("List"))

    def __init__(self, team: Team, catalogs: Iterable[Catalog], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self._catalogs = {str(each.pk): each for each in catalogs}
        choices = [(key, catalog_label(each)) for key, each in self._catalogs.items()]
        field_of(self, "catalog", Choices).offer(choices)

    @property
    def chosen(self) -> Catalog:
        return self._catalogs[self.cleaned_data["catalog"]]


class MuteListForm(_OfLists, MuteForm):
    """A whole list is silent until some time."""

    field_order = ("catalog", "until", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Its page has another form with a list.
        super().__init__(*args, auto_id="mute_%s", **kwargs)


class ExpectForm(_OfLists):
    """A time in which changes of a list are no news."""

    starts_at = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT)
    )
    ends_at = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT),
    )
    ids = forms.CharField(
        label=_("Only these IDs"),
        required=False,
        max_length=LONGEST_LIST,
        help_text=_("Separated by spaces. Empty: any ID."),
    )
    systems = forms.CharField(
        label=_("Only these systems"),
        required=False,
        max_length=LONGEST_LIST,
        help_text=_("Separated by commas, such as: Windows Server, Debian"),
    )
    note = forms.CharField(label=_("What is expected"), max_length=500, required=False)

    def change(self) -> ExpectedChange:
        data = self.cleaned_data
        return ExpectedChange(
            team=self.team,
            catalog=self.chosen,
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            note=data["note"].strip(),
        )

    @property
    def matcher(self) -> tuple[list[str], list[str]]:
        """Return ids and systems."""
        data = self.cleaned_data
        systems = data["systems"].replace("，", ",").replace("、", ",").split(",")
        return data["ids"].replace(",", " ").split(), systems
