"""What a page says, whatever the layout of its template."""

import re

from django.http import HttpResponse


def html_of(page: HttpResponse) -> str:
    """Return the page's HTML without the white space around its tags."""
    text = re.sub(r"\s+", " ", page.content.decode())
    return re.sub(r" ?(<[^>]*>) ?", r"\1", text)
