from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from xdportal.errorcodes.decoder import MAX_BYTES, is_too_long
from xdportal.lib.texts import printable

KIB = 1024
TOO_LONG = _(
    "The text is too long: at most %(limit)d KiB can be read. Paste the part around the error."
)


class PastedText(forms.Field):
    """A text of at most `MAX_BYTES`, with the line breaks that were pasted."""

    widget = forms.Textarea(
        attrs={
            "class": "in mono",
            "rows": 7,
            "spellcheck": "false",
            "autocomplete": "off",
            "aria-describedby": "privacy",
        }
    )

    def to_python(self, value: str | None) -> str:
        text = printable(value or "").replace("\r\n", "\n")
        if is_too_long(text):
            raise ValidationError(TOO_LONG, params={"limit": MAX_BYTES // KIB})
        return text


class PasteForm(forms.Form):
    text = PastedText(
        label=_("The provider’s answer, curl output, a traceback, or a log"), required=False
    )
