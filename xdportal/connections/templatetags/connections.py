from datetime import timedelta

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from xdportal.connections import words
from xdportal.lib import dates

register = template.Library()


@register.filter
def read_outcome(name: str) -> Promise | str:
    return words.outcome_text(name)


@register.filter
def read_reason(name: str) -> Promise | str:
    return words.reason_text(name)


@register.filter
def code_link(code: int) -> SafeString:
    return words.code_link(code)


@register.filter
def every(seconds: int) -> str:
    """Return an interval in words: every 30 minutes."""
    return dates.every(timedelta(seconds=seconds))
