"""What a page says, regardless of its template's layout."""

import re

from django.http import HttpResponse


def html_of(page: HttpResponse) -> str:
    """Return the page's HTML without the white space around its tags."""
    return squeezed(page.content.decode())


def squeezed(html: str) -> str:
    text = re.sub(r"\s+", " ", html)
    return re.sub(r" ?(<[^>]*>) ?", r"\1", text)
