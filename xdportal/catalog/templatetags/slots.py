from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from xdportal.catalog import slots
from xdportal.catalog.models import Catalog

register = template.Library()


@register.simple_tag(takes_context=True)
def beside_id(context: dict[str, Any], catalog: Catalog, item_id: str) -> SafeString:
    """Show what upper rooms add beside an id."""
    return format_html_join("", "{}", _rendered(context, catalog, item_id))


def _rendered(context: Any, catalog: Catalog, item_id: str) -> list[tuple[str]]:
    engine = context.template.engine
    found = []
    for name, data in slots.filled(context["request"], catalog, item_id):
        inner = context.new({"data": data, "csrf_token": context.get("csrf_token")})
        found.append((engine.get_template(name).render(inner),))
    return found
