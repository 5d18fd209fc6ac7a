"""Pieces of pages that are drawn or worded from plain values. docs/interface.md lists them all."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from xdportal.lib import charts

register = template.Library()


SPARK = (
    '<svg class="spark" viewBox="0 0 100 22" preserveAspectRatio="none" role="img"'
    ' aria-label="{}"><path{} d="{}"/></svg>'
)
FLAT = SafeString(' class="flat"')


@register.simple_tag
def spark(values: Sequence[charts.Number], words: str) -> SafeString:
    """Draw a step line the size of a word. `words` says the same to those who don't see it."""
    css = FLAT if min(values) == max(values) else ""
    return format_html(SPARK, words, css, charts.spark_path(values))
