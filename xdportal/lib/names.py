import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from xdportal.lib.texts import one_line


def clean_name(text: str) -> str:
    """Return a name that fits into a mail subject and a sentence. Raise ValidationError."""
    name = one_line(text)
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise ValidationError(_("The name has characters that cannot be shown."))
    return name
