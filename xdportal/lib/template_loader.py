"""Templates are written one element a line, and sent without their indentation and comments.

Indentation is a sixth of a page of fifty rows, and each of its bytes is joined, sent and compressed
again for every row. HTML reads any white space between words as one space, so a line's end is all
that is left of it. Texts of mails are lines as they are written: only `.html` is treated.

Each partial begins with a comment, which would be a node to render wherever it is included.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n\s+")
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}", re.DOTALL)


class Loader(filesystem.Loader):
    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        if str(origin.name).endswith(".html"):
            return without_indentation(without_comments(contents))
        return contents


def without_comments(text: str) -> str:
    return COMMENT.sub("", text)


def without_indentation(text: str) -> str:
    """Leave out what lines begin with, and empty lines."""
    return INDENTATION.sub("\n", text)
