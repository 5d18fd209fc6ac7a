"""Error codes by number or words, for the search."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xdportal.errorcodes import lookup
from xdportal.errorcodes.links import row_url
from xdportal.lib import search
from xdportal.lib.search import MOST, Group, Hit, Question


def codes(request: HttpRequest, question: Question) -> Iterator[Group]:
    is_chinese = (get_language() or "").startswith("zh")
    hits = []
    for row in lookup.search(question.text)[:MOST]:
        words = row.message_zh if is_chinese else row.message_en
        call = row.api_zh if is_chinese else row.api_en  # a code may be documented for many calls
        hits.append(Hit(url=row_url(row), id=str(row.code), label=words, aside=call, icon="book"))
    yield Group(_("Error codes"), hits)


def register() -> None:
    search.add(codes, 40)
