from typing import Any

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from xdportal.catalog import addresses, sentences, words
from xdportal.catalog.compare import Change
from xdportal.catalog.kinds import Field, spec_of
from xdportal.catalog.models import Catalog, Check
from xdportal.catalog.pages import charts, state
from xdportal.catalog.pages.state import State
from xdportal.connections import words as connection_words
from xdportal.errorcodes import reference
from xdportal.lib.templatetags.portal import provider

register = template.Library()


@register.simple_tag
def item_url(catalog: Catalog, item_id: str) -> str:
    return addresses.item_url(catalog.slug, catalog.kind, item_id)


@register.simple_tag
def list_url(catalog: Catalog, page: str, *parts: object) -> str:
    """Return the address of a page of a list, such as `changes`."""
    return addresses.catalog_url(catalog.slug, catalog.kind, page, *parts)


@register.simple_tag
def compare_url(catalog: Catalog, newer: int, older: int | None = None) -> str:
    """Return the comparison of two snapshots; without an older one, with the one before."""
    page = addresses.catalog_url(catalog.slug, catalog.kind, "compare")
    return f"{page}?from={older or max(newer - 1, 1)}&to={newer}"


@register.filter
def outcome(name: str) -> Promise | str:
    return words.outcome_text(name)


@register.filter
def reason(name: str) -> Promise | str:
    return words.reason_text(name)


@register.filter
def advice(outcome: str) -> Promise | str:
    """What to do after such an outcome; empty where nothing went wrong."""
    return words.advice_text(outcome)


@register.filter
def ignored_reason(name: str) -> Promise | str:
    return words.IGNORED.get(name, name)


@register.simple_tag
def state_of(catalog: Catalog) -> State:
    return state.state_of(catalog, timezone.now())


@register.filter
def documented(code: int | None) -> reference.ErrorCode | None:
    return connection_words.documented(code)


@register.filter
def code_link(code: int) -> SafeString:
    return connection_words.code_link(code)


@register.filter
def strip_bars(checks: list[Check]) -> list[charts.Bar]:
    return charts.strip(checks, max(len(checks), 24) if len(checks) <= 24 else 48)


@register.filter
def strip_sentence(checks: list[Check]) -> str:
    return charts.strip_sentence(checks)


@register.simple_tag
def differences(catalog: Catalog, change: Change) -> list[tuple[Field, str, str]]:
    """Return the fields that differ, with both values in words."""
    kind = spec_of(catalog)
    found = []
    for difference in sentences.differences(kind, change):
        field = kind.by_name[difference.name]
        before = sentences.value(field, difference.before)
        after = sentences.value(field, difference.after)
        found.append((field, before, after))
    return found


@register.simple_tag
def change_sentence(catalog: Catalog, change: Change) -> str:
    return sentences.change(spec_of(catalog), change)


@register.simple_tag
def marked(tag: str, text: str) -> SafeString:
    """Provider text that differs, as `del` or `ins`."""
    pattern = "<del>{}</del>" if tag == "del" else "<ins>{}</ins>"
    return format_html(pattern, provider(text))


@register.simple_tag
def sort_state(current: str, column: str) -> dict[str, Any]:
    """How a column's header reads and where its link leads."""
    if current == column:
        return {"aria": "ascending", "next": f"-{column}", "icon": "up"}
    if current == f"-{column}":
        return {"aria": "descending", "next": column, "icon": "down-arrow"}
    return {"aria": "none", "next": f"-{column}" if column == "changed" else column, "icon": "sort"}
