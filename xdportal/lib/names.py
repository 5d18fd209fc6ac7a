import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from xdportal.lib.texts import one_line


def clean_name(text: str) -> str:
    """A name as it may stand in a mail's subject and in a sentence."""
    name = one_line(text)
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise ValidationError(_("The name has characters that cannot be shown."))
    return name
