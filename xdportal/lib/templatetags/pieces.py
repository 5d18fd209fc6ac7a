"""Pieces of pages that are drawn or worded from plain values. docs/interface.md lists them all."""

from collections.abc import Sequence

from django import template

from xdportal.lib import charts

register = template.Library()


@register.inclusion_tag("includes/spark.html")
def spark(values: Sequence[charts.Number], words: str) -> dict[str, object]:
    """A step line the size of a word. `words` says the same to those who don't see it."""
    flat = min(values) == max(values)
    return {"path": charts.spark_path(values), "flat": flat, "words": words}
