"""Controls of forms that Django's own make too slowly."""

from typing import Any

from django.forms import Select
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

OPTION = '<option value="{}"{}>{}</option>'
SELECTED = SafeString(" selected")


class LongSelect(Select):
    """A choice of one from hundreds, without groups: Django renders a template for each option."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = set(self.format_value(value))
        options = [
            (key, SELECTED if str(key) in chosen else "", label) for key, label in self.choices
        ]
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        inside = format_html_join("\n", OPTION, options)
        return format_html("<select{}>\n{}\n</select>", attributes, inside)
