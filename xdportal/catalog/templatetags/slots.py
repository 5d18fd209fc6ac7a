"""An id in a list or as a heading, with what upper rooms add beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from xdportal.catalog import addresses, slots
from xdportal.catalog.models import Catalog
from xdportal.catalog.slots import Drawn
from xdportal.lib.templatetags.portal import icon

register = template.Library()
CELL = (
    '<th scope="row" role="rowheader" class="id"><span class="copy">'
    '<a class="iid" href="{}">{}</a>'
    '<button class="ib" type="button" data-copy="{}" aria-label="{} {}">{}</button>'
    "{}</span></th>"
)


@register.simple_tag(takes_context=True)
def beside_id(context: dict[str, Any], catalog: Catalog, item_id: str) -> SafeString:
    """Show what upper rooms add beside an id."""
    return slots.beside_ids(context["request"], catalog)(item_id)


@dataclass(frozen=True, slots=True)
class IdCells:
    """Draws the cells with the ids of a list; what they share is found once."""

    url_of: Callable[[str], str]
    beside: Drawn
    label: SafeString

    def draw(self, item_id: str) -> SafeString:
        shown = conditional_escape(item_id)
        url = self.url_of(item_id)
        beside = self.beside(item_id)
        return format_html(CELL, url, shown, shown, self.label, shown, icon("copy"), beside)


@register.simple_tag(takes_context=True)
def id_cells(context: dict[str, Any], catalog: Catalog) -> IdCells:
    """Return what the filter `cell` needs, once a table."""
    url_of = addresses.item_urls(catalog.slug, catalog.kind)
    beside = slots.beside_ids(context["request"], catalog)
    return IdCells(url_of, beside, conditional_escape(_("Copy ID")))


@register.filter
def cell(cells: IdCells, item_id: str) -> SafeString:
    """The cell with an id, which heads its row."""
    return cells.draw(item_id)
