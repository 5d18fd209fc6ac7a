import json

from django import template
from django.utils.translation import ngettext

from xdportal.errorcodes import links
from xdportal.errorcodes.meanings import Meaning
from xdportal.errorcodes.reference import ErrorCode
from xdportal.lib.templatetags.portal import in_language

register = template.Library()


@register.filter
def row_url(row: ErrorCode) -> str:
    return links.row_url(row)


@register.filter
def code_title(meanings: list[Meaning]) -> str:
    """Return a code's message in the reader's language, or how many meanings it has."""
    number = len({meaning.row.message_zh for meaning in meanings})
    if number > 1:
        return ngettext("has %(number)d meaning", "has %(number)d meanings", number) % {
            "number": number
        }
    row = meanings[0].row
    return in_language(row.message_zh, row.message_en)


@register.filter
def sample_answer(row: ErrorCode) -> str:
    """Return what the provider's answer with this code looks like."""
    answer = {
        "code": row.code,
        "success": False,
        "msg": row.message_zh,
        "data": None,
        "traceId": "xxxxxxxxxxxxxx",
    }
    return json.dumps(answer, ensure_ascii=False, indent=2)
