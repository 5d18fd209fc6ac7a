from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xdportal.alerts.forms import Choices
from xdportal.catalog.models import Catalog
from xdportal.errorcodes.forms import PastedText
from xdportal.lib.forms import field_of

ALL = _("All connections of the team")


class IdsForm(forms.Form):
    """A text that holds ids, the connection to ask, and since when a change counts."""

    text = PastedText(label=_("Paste any text with IDs"), required=False)
    connection = Choices(label=_("Check against"), required=False)
    since = forms.DateField(
        label=_("Changed since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "in"}),
    )

    def __init__(self, catalogs: list[Catalog], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {catalog.slug: str(catalog.connection) for catalog in catalogs}
        field_of(self, "connection", Choices).offer([("", ALL), *names.items()])
        self.fields["text"].widget.attrs["rows"] = 12

    @property
    def is_too_long(self) -> bool:
        return self.has_error("text")

    def since_or(self, otherwise: datetime) -> datetime:
        """Return the beginning of the day that is asked for."""
        day = self.cleaned_data["since"]
        return timezone.make_aware(datetime.combine(day, time())) if day else otherwise


class CorrectedText(forms.Form):
    """The corrected text, to be copied. Django's textarea keeps a line break at its beginning."""

    corrected = forms.CharField(
        label=_("Corrected text"),
        required=False,
        widget=forms.Textarea(
            attrs={
                "class": "in mono",
                "rows": 12,
                "readonly": True,
                "spellcheck": "false",
                "translate": "no",
            }
        ),
    )
