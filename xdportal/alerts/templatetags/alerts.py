from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from xdportal.alerts.pages.channels import words_of
from xdportal.alerts.pages.pins import Group
from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.states import State
from xdportal.catalog.addresses import catalog_url, item_url

register = template.Library()
NOTES = {
    Group.BROKEN: "crit",
    Group.LOOK: "warning",
    Group.UNKNOWN: "unknown",
    Group.FINE: "success",
}
DELIVERY_NOTES = {"sent": "success", "failed": "error", "retrying": "warning"}
DELIVERIES = {"sent": "c-add", "failed": "c-del", "retrying": "c-chg"}


@register.simple_tag
def pinned_url(finding: Finding) -> str:
    """Return the page of a pin's id; of one that was never listed, the list."""
    catalog = finding.catalog
    is_known = finding.state is not State.NEVER_LISTED and any(finding.was.values())
    if not is_known:
        return catalog_url(catalog.slug, catalog.kind, "items")
    return item_url(catalog.slug, catalog.kind, finding.revision.item_id)


@register.simple_tag
def url_if_any(view: str, *parts: object) -> str:
    """Return the address of a page of another room; empty until it exists."""
    try:
        return reverse(view, args=parts)
    except NoReverseMatch:
        return ""


@register.filter
def of(values: Mapping[str, Any], key: str) -> Any:
    return values[key]


@register.filter
def split(text: str) -> list[str]:
    return text.split()


@register.filter
def note_css(group: str) -> str:
    """Return the colour of a note about a pin of this group."""
    return NOTES[Group(group)]


@register.filter
def delivery_css(state: str) -> str:
    return DELIVERIES.get(state, "muted")


@register.filter
def delivery_note(state: str) -> str:
    """Return the colour of a note about a delivery in this state."""
    return DELIVERY_NOTES.get(state, "")


@register.filter
def level_css(level: str) -> str:
    return {"critical": "crit", "warning": "chg"}.get(level, "")


@register.filter
def reason_words(reason: str) -> Any:
    """Return what a refusal means, and what can be done about it."""
    return words_of(reason)
