"""Template tags and filters; what they call is tested elsewhere."""

import json as encoder
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from xdportal.lib import dates, texts
from xdportal.lib.navigation import Count, Link
from xdportal.lib.pages import PAGE_SIZES

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name
    )


LINK = '<a href="{}"{}{}{}>\n{}\n<span>{}</span>\n{}</a>'
NUMBER = '<span class="n num{}">\n{}<span class="sr"> {}</span>\n</span>\n'
CURRENT, HOT, NOTHING = map(SafeString, (' aria-current="page"', " hot", ""))


@register.simple_tag
def nav_link(link: Link, css: str = "") -> SafeString:
    """A link of the navigation, of which every page has some twenty."""
    return format_html(
        LINK,
        link.url,
        format_html(' class="{}"', css) if css else NOTHING,
        format_html(' data-key="{}"', link.key) if link.key else NOTHING,
        CURRENT if link.is_current else NOTHING,
        icon(link.icon) if link.icon else NOTHING,
        link.label,
        _number(link.count) if link.count else NOTHING,
    )


def _number(count: Count) -> SafeString:
    hot = HOT if count.is_hot else NOTHING
    return format_html(NUMBER, hot, localize(count.number), count.words)


@register.simple_tag
def key_help(key: str, label: Promise | str) -> SafeString:
    """What g and a letter lead to; nothing without a letter."""
    if not key:
        return NOTHING
    return format_html("<dt><kbd>g</kbd> <kbd>{}</kbd></dt>\n<dd>{}</dd>", key, label)


@register.simple_tag
def sign(css: str, mark: str, word: str) -> SafeString:
    """Draw a mark in its colour, and its word for those who don't see it."""
    spoken = format_html('<span class="sr">{}</span><span aria-hidden="true">{}</span>', word, mark)
    return format_html('<span class="sign {}">{}</span>', css, spoken)


@register.simple_block_tag
def oneline(content: str) -> str:
    """Join several lines of a template into one line of a mail."""
    return " ".join(content.split())


@register.filter
def provider(text: str) -> SafeString:
    """Show provider text unchanged: never translated by the browser, with Chinese glyphs."""
    if type(text) is str and text.isalnum() and text.isascii():
        # Letters and digits: nothing to escape.
        return SafeString(text)  # nosec B703
    if texts.has_cjk(text):
        return format_html('<span lang="zh-Hans" translate="no">{}</span>', text)
    return conditional_escape(text)


@register.filter
def moment(at: datetime | str | None, now: datetime | None = None) -> str:
    """Return a relative time (4 min ago) with the full one as its title; "—" if missing."""
    if not isinstance(at, datetime):
        return "—"
    return _time(at, dates.relative(at, now or timezone.now()))


@register.filter
def stamp(at: datetime | str | None) -> str:
    """Return the time in the viewer's zone, to the minute."""
    if not isinstance(at, datetime):
        return "—"
    return _stamp(at, timezone.get_current_timezone_name())


@lru_cache(maxsize=1024)
def _stamp(at: datetime, zone: str) -> SafeString:
    """Rows of a page share what happened at once, such as when they were pinned."""
    return _time(at, dates.minute(at))


@register.filter
def short(at: datetime | str | None, now: datetime | None = None) -> str:
    """Return a time as briefly as is clear: 05:35 today, Tue 18:02 this week, else the date."""
    if not isinstance(at, datetime):
        return "—"
    return _time(at, dates.short(timezone.localtime(at), timezone.localtime(now)))


@register.filter
def clock(at: datetime) -> SafeString:
    """Return the time of day to the second."""
    return _time(at, f"{timezone.localtime(at):%H:%M:%S}")


@register.filter
def hour(at: datetime) -> SafeString:
    """Return the time of day to the minute, for where its day is said above."""
    return _time(at, f"{timezone.localtime(at):%H:%M}")


@register.filter
def day(at: datetime) -> SafeString:
    return _day(at, timezone.get_current_timezone_name())


@lru_cache(maxsize=1024)
def _day(at: datetime, zone: str) -> SafeString:
    """Remember days: most rows of a list began with the same few snapshots."""
    return _time(at, dates.day(at))


def _time(at: datetime, text: str) -> SafeString:
    """Return a time in words, with the full one as its title."""
    pattern = '<time datetime="{}" title="{}">{}</time>'
    return format_html(pattern, timezone.localtime(at).isoformat(), dates.full(at), text)


@register.filter
def span(length: timedelta) -> str:
    return dates.span(length)


@register.filter
def until(start: datetime, end: datetime) -> str:
    return dates.span(end - start)


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: object) -> str:
    """Return the page's query string with some values changed; None removes a name."""
    request: HttpRequest = context["request"]
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def query_string(context: dict[str, Any]) -> str:
    """Return the page's query string without the page number, for its export."""
    return query_with(context, page=None) if context["request"].GET else ""


@register.simple_tag(takes_context=True)
def page_query(context: dict[str, Any], name: str, number: int) -> str:
    return query_with(context, **{name: number})


@register.simple_tag
def page_sizes(page: Page[Any], name: str) -> tuple[int, ...]:
    """Return the sizes to choose from: none for a page of another size, or of few rows."""
    is_usual = name == "page" and page.paginator.per_page in PAGE_SIZES
    return PAGE_SIZES if is_usual and page.paginator.count > PAGE_SIZES[0] else ()


@register.simple_tag(takes_context=True)
def query_fields(context: dict[str, Any], *left_out: str) -> SafeString:
    """Return the page's query as hidden fields, for a form that changes a part of it."""
    query: QueryDict = context["request"].GET
    pairs = [
        (name, value) for name, values in query.lists() for value in values if name not in left_out
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.filter
def styled(field: BoundField) -> SafeString:
    """Render a control in the portal's look, without the placeholder that repeats its label."""
    field.field.widget.attrs.pop("placeholder", None)
    return field.as_widget(attrs={"class": "sel" if hasattr(field.field, "choices") else "in"})


@register.filter
def json(data: object) -> str:
    """Return JSON for a data attribute, escaped like any other text."""
    return encoder.dumps(data)


@register.filter
def hex(data: bytes) -> str:
    return bytes(data).hex()


@register.simple_tag
def in_language(zh: str, en: str) -> str:
    """Return the text in the reader's language."""
    return zh if get_language() == "zh-hans" else en
