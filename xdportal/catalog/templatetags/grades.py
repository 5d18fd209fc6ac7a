"""Signs and tags of grades. `strong` makes any of them solid red: the id is pinned, and the pin
broke.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from xdportal.catalog.grades import look_of
from xdportal.lib.templatetags.portal import sign

register = template.Library()


@register.simple_tag
def grade_sign(grade: str, strong: bool = False) -> SafeString:
    """A square with the sign, and the word for screen readers."""
    look = look_of(grade)
    return sign(look.css_for(strong), look.mark, str(look.label))


@register.simple_tag
def grade_tag(grade: str, text: str = "", strong: bool = False) -> SafeString:
    """A tag with the sign and the word, or another text in its place."""
    look = look_of(grade)
    mark = format_html('<span aria-hidden="true">{}</span>', look.mark)
    return _tag(look.tag_css(strong), format_html("{} {}", mark, text or look.label))


@register.simple_tag
def grade_count(grade: str, number: int) -> SafeString:
    """A tag with the sign and a number, and the word for screen readers."""
    look = look_of(grade)
    pattern = '<span aria-hidden="true">{}</span> {}<span class="sr"> {}</span>'
    return _tag(look.tag_css(strong=False), format_html(pattern, look.mark, number, look.label))


def _tag(css: str, inside: SafeString) -> SafeString:
    return format_html('<span class="tag {}">{}</span>', css, inside)
