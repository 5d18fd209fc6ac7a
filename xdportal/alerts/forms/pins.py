from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts.forms import Choices
from xdportal.alerts.models import Pin
from xdportal.alerts.models.pin import LONGEST_NAME, LONGEST_NOTE, LONGEST_SOURCE
from xdportal.alerts.pins.actions import Wish
from xdportal.catalog.models import Catalog
from xdportal.lib.forms import field_of
from xdportal.provider.fields import MAX_LENGTH

MOST_IDS = 500
LONGEST_PASTE = 100_000


class PasteForm(forms.Form):
    """Many ids of one list, one a line, each optionally followed by a name."""

    catalog = Choices(label=_("List"))
    ids = forms.CharField(
        label=_("IDs"),
        max_length=LONGEST_PASTE,
        widget=forms.Textarea(attrs={"rows": 4, "class": "in mono", "spellcheck": "false"}),
        help_text=_("One a line. A name may follow the ID: 4034 maya-base"),
    )
    source = forms.CharField(
        label=_("Used in"),
        max_length=LONGEST_SOURCE,
        required=False,
        help_text=_("Repository, path and line, or any other place. Optional."),
    )

    def __init__(self, team: Team, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._catalogs = {str(each.pk): each for each in catalogs_of(team, viewer)}
        choices = [(key, catalog_label(each)) for key, each in self._catalogs.items()]
        field_of(self, "catalog", Choices).offer(choices)

    @property
    def has_lists(self) -> bool:
        return bool(self._catalogs)

    def clean_ids(self) -> list[tuple[str, str]]:
        """Return ids with their names; empty for those that get one."""
        lines = [line.split(maxsplit=1) for line in self.cleaned_data["ids"].splitlines()]
        pairs = [(line[0].strip(",;"), line[1] if len(line) > 1 else "") for line in lines if line]
        if len(pairs) > MOST_IDS:
            raise forms.ValidationError(
                _("At most %(most)d IDs at once."), params={"most": MOST_IDS}
            )
        return list(dict.fromkeys(pair for pair in pairs if pair[0]))

    def wishes(self) -> list[Wish]:
        """Return what is to be pinned: of the list's ids those that are not pinned yet."""
        chosen = self.cleaned_data
        catalog = self._catalogs[chosen["catalog"]]
        pinned = set(Pin.objects.filter(catalog=catalog).values_list("item_id", flat=True))
        sources = [chosen["source"]] if chosen["source"] else []
        return [
            Wish(catalog, item_id, name, sources=sources)
            for item_id, name in chosen["ids"]
            if item_id not in pinned
        ]


class RepinForm(forms.Form):
    """Where a pin moves to: one of those offered, or another id."""

    to = forms.CharField(max_length=MAX_LENGTH)
    other = forms.CharField(label=_("Another ID"), max_length=MAX_LENGTH, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("to") == "other" and not data.get("other"):
            self.add_error("other", _("Enter the other ID."))
        return data

    @property
    def item_id(self) -> str:
        chosen = self.cleaned_data
        return str(chosen["other"] if chosen["to"] == "other" else chosen["to"])


class MuteForm(forms.Form):
    until = forms.DateTimeField(
        label=_("Mute until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_NOTE)


class AcknowledgeForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=LONGEST_NOTE, required=False)


class PinForm(forms.Form):
    """What can be changed of a pin besides its target."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    note = forms.CharField(label=_("Note"), max_length=LONGEST_NOTE, required=False)
    sources = forms.CharField(
        label=_("Used in"),
        required=False,
        max_length=LONGEST_PASTE,
        widget=forms.Textarea(attrs={"rows": 3, "class": "in mono", "spellcheck": "false"}),
        help_text=_("One place a line, such as: farm-infra terraform/main.tf:12"),
    )
    ceiling = forms.DecimalField(
        label=_("Price limit"),
        required=False,
        min_value=0,
        max_digits=20,
        decimal_places=8,
        help_text=_("You are alerted when the package costs more."),
    )
    exact = forms.BooleanField(label=_("Another version is critical, too"), required=False)
    newer = forms.BooleanField(
        label=_("Alert me when a newer version of the same system is listed"), required=False
    )
    remind_days = forms.IntegerField(
        label=_("Remind every … days while it is broken"),
        required=False,
        min_value=1,
        max_value=365,
    )

    def __init__(self, pin: Pin, data: QueryDict | None = None) -> None:
        initial = {name: getattr(pin, name) for name in FIELDS}
        initial["sources"] = "\n".join(source.text for source in pin.sources.all())
        super().__init__(data, initial=initial)
        if not pin.catalog.kind.startswith("packages"):
            del self.fields["ceiling"]
        if pin.catalog.kind != Catalog.Kind.IMAGES:
            del self.fields["exact"]
            del self.fields["newer"]

    def clean_sources(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["sources"].splitlines()]
        return [line for line in lines if line]


FIELDS = ("name", "note", "ceiling", "exact", "newer", "remind_days")


def catalogs_of(team: Team, viewer: Viewer) -> list[Catalog]:
    rows = Catalog.objects.visible_to(viewer).filter(connection__team=team)
    joined = rows.select_related("connection").order_by("connection__name", "connection_id", "pk")
    return [catalog for catalog in joined if catalog.enabled]


def catalog_label(catalog: Catalog) -> str:
    return f"{catalog.connection} · {catalog.get_kind_display()}"
