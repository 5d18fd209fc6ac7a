"""Links of the navigation and the help of its keys, beside what a template would say."""

import re

import pytest
from django.template import Context, Template
from django.utils import translation

from xdportal.lib.navigation import Count, Link
from xdportal.lib.templatetags.portal import key_help, nav_link

PLAIN = Template("""
<a href="{{ link.url }}"
  {% if css %}class="{{ css }}"{% endif %} {% if link.key %}data-key="{{ link.key }}"{% endif %}
  {% if link.is_current %}aria-current="page"{% endif %}>
  {% if link.icon %}{% icon link.icon %}{% endif %}
  <span>{{ link.label }}</span>
  {% if link.count %}
    <span class="n num{% if link.count.is_hot %} hot{% endif %}">
      {{ link.count.number }}<span class="sr"> {{ link.count.words }}</span>
    </span>
  {% endif %}
</a>
""")
LINKS = [
    Link("/pins/?team=a&b", "Pins", "star", "p", False, Count(1234, "broken", is_hot=True)),
    Link("/", "A <b>", "", "", True, None),
    Link("/c/main/", "Images", "", "i", False, Count(0)),
]


def tight(text: str) -> str:
    """Return the text without the white space that HTML does not show."""
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", text))


@pytest.mark.parametrize("css", ["", "sub"])
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_link_is_the_plain_one(link: Link, css: str, language: str) -> None:
    with translation.override(language):
        assert tight(nav_link(link, css)) == tight(
            PLAIN.render(Context({"link": link, "css": css}))
        )


def test_only_what_has_a_key_is_in_the_help() -> None:
    assert tight(key_help("i", "A & B")) == ("<dt><kbd>g</kbd><kbd>i</kbd></dt><dd>A &amp; B</dd>")
    assert key_help("", "Images") == ""
