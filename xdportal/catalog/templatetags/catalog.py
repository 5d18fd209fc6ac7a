from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from django import template
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from xdportal.catalog import addresses, grading, sentences, words
from xdportal.catalog.compare import Change
from xdportal.catalog.grades import Grade, look_of
from xdportal.catalog.kinds import (
    BILLINGS,
    KINDS,
    STATUS_GRADES,
    USABLE,
    CatalogKind,
    Field,
    spec_of,
)
from xdportal.catalog.models import Catalog, Check
from xdportal.catalog.pages import charts, state
from xdportal.catalog.pages.pairs import Cheapest
from xdportal.catalog.pages.rows import Row
from xdportal.catalog.pages.state import State
from xdportal.catalog.pairs import Billing
from xdportal.catalog.templatetags.grades import grade_tag
from xdportal.connections import words as connection_words
from xdportal.errorcodes import reference
from xdportal.lib import dates
from xdportal.lib.templatetags.pieces import spark
from xdportal.lib.templatetags.portal import icon, provider, query_with, short

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
def advice(check: Check) -> Promise | str:
    """What to do after such a check; empty where nothing went wrong."""
    return words.advice_text(check.outcome, check.reason)


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


@register.simple_tag
def strip_bar(catalog: Catalog, bar: charts.Bar) -> SafeString:
    """One bar of a strip: there are many, so it is made without white space."""
    pattern = '<rect class="b-{}" x="{}" y="{}" width="4" height="{}" rx="1.5"/>'
    drawn = format_html(pattern, bar.css, bar.x, bar.y, bar.height)
    if bar.check is None:
        return drawn
    url = addresses.catalog_url(catalog.slug, catalog.kind, "check", bar.check)
    return format_html('<a href="{}" tabindex="-1">{}</a>', url, drawn)


@register.filter
def strip_sentence(checks: list[Check]) -> str:
    return charts.strip_sentence(checks)


class Shown(NamedTuple):
    """A field that differs, both values in words."""

    field: Field
    before: str
    after: str
    share: str  # of a price


@register.simple_tag
def differences(catalog: Catalog, change: Change) -> list[Shown]:
    """Return the fields that differ."""
    kind = spec_of(catalog)
    found = []
    for difference in sentences.differences(kind, change):
        field = kind.by_name[difference.name]
        before = sentences.value(field, difference.before)
        after = sentences.value(field, difference.after)
        share = sentences.percentage(difference) if field.name == "price" else ""
        found.append(Shown(field, before, after, share))
    return found


@register.simple_tag
def billing_of(catalog: Catalog) -> Promise:
    """Return how what a list of packages holds is paid for."""
    return BILLINGS[Billing(catalog.kind.removeprefix("packages-"))]


@register.simple_tag
def field_of(catalog: Catalog, listing: Any, field: Field) -> SafeString:
    """A field of a listing in words."""
    return provider(sentences.value(field, getattr(listing, field.name)))


@register.filter
def since(start: datetime, now: datetime) -> SafeString:
    """Return `62 d, since 2026-09-24`."""
    length = dates.span(now - start)
    return format_html(_("{span}, since {at}"), span=length, at=short(start, now))


@register.filter
def counted(kind: CatalogKind, number: int) -> str:
    """Return `36 packages`."""
    return kind.counted(number)


@register.simple_tag
def kind_of(catalog: Catalog) -> CatalogKind:
    return spec_of(catalog)


@register.simple_tag
def value(catalog: Catalog, name: str, text: str) -> SafeString:
    """A field's value in words."""
    return provider(sentences.value(spec_of(catalog).by_name[name], text))


@register.simple_tag
def gpu(package: Any) -> SafeString:
    """Return `RTX 4090 × 2`."""
    if not package.gpu:
        return SafeString("—")
    if package.gpu_count in ("", "0"):
        return provider(package.gpu)
    return format_html("{} × {}", provider(package.gpu), package.gpu_count)


@register.simple_tag
def price_line(row: Row) -> SafeString:
    """A step line of a package's price over thirty days; empty where there is none yet."""
    if not row.line:
        return SafeString("")
    return spark(row.line, charts.price_words(row.line))


@register.simple_tag
def personal_state(status: str) -> SafeString:
    """The state of a personal image as a tag."""
    word = sentences.value(KINDS["personal"].by_name["status"], status)
    if status in STATUS_GRADES:
        return grade_tag(STATUS_GRADES[status], word)
    css = " add" if status == USABLE else ""
    return format_html('<span class="tag{}">{}</span>', css, word)


class OfferLinks:
    """Draws how many packages fit an image, from which price; the words of a type only once."""

    def __init__(self, offers: Mapping[str, Cheapest], pairs_url: str) -> None:
        self._offers = offers
        self._pairs_url = pairs_url
        self._words: dict[str, str] = {}

    def draw(self, image: Any) -> SafeString:
        offer = self._offers.get(image.type)
        if offer is None:
            return format_html('<span class="muted">{}</span>', _("none"))
        if image.type not in self._words:
            self._words[image.type] = _offer_words(offer)
        address = f"{self._pairs_url}?image={quote(image.item_id, safe='')}"
        return format_html('<a class="num" href="{}">{}</a>', address, self._words[image.type])


def _offer_words(offer: Cheapest) -> str:
    words = localize(offer.number)
    if offer.price is None:
        return words
    return _("%(number)s from %(price)s") % {"number": words, "price": plain(offer.price)}


@register.simple_tag
def offer_links(offers: Mapping[str, Cheapest], pairs_url: str) -> OfferLinks:
    """Return what the filter `offer` needs, once a table."""
    return OfferLinks(offers, pairs_url)


@register.filter
def offer(links: OfferLinks, image: Any) -> SafeString:
    """How many packages fit an image, from which price: a link to them."""
    return links.draw(image)


@register.filter
def of(values: Mapping[str, Any], key: str) -> Any:
    """Return what a mapping holds under a key; None where it holds nothing."""
    return values.get(key)


@register.simple_tag
def grade_of(catalog: Catalog, change: Change) -> Grade:
    return grading.grade_of(spec_of(catalog), change)


@register.filter
def grade_word(grade: str) -> Promise:
    return look_of(grade).label


@register.simple_tag
def past_cell(field: Field, listing: Any) -> SafeString:
    """A cell of a list as it was."""
    text = provider(sentences.value(field, getattr(listing, field.name)))
    if field.name == "type":
        return format_html('<td role="cell"><span class="tag mono">{}</span></td>', text)
    css = "right" if field.numeric and not field.is_time else "name" if field.name == "name" else ""
    pattern = '<td role="cell" class="{}" data-label="{}">{}</td>'
    return format_html(pattern, css, capfirst(str(field.label)), text)


@register.simple_tag
def side(catalog: Catalog, change: Change, which: str) -> SafeString:
    """One side of a change: only what differs is marked."""
    kind = spec_of(catalog)
    records = change.before if which == "before" else change.after
    if not records:
        return SafeString('<span class="muted">—</span>')
    differing = {found.name: getattr(found, which) for found in sentences.differences(kind, change)}
    if not differing:
        shown = [(described(catalog, record),) for record in records]
        return format_html_join(" ", "<span>{}</span>", shown)
    tag = "del" if which == "before" else "ins"
    return _marked_record(kind, records[0], differing, tag)


def _marked_record(
    kind: CatalogKind, record: Any, differing: Mapping[str, str], tag: str
) -> SafeString:
    parts = []
    for name in (*kind.title, *kind.aside):
        text = record[kind.by_name[name].position]
        if name in differing:
            parts.append(marked(tag, text))
        elif name in kind.aside:
            parts.append(format_html('<span class="tag mono">{}</span>', provider(text)))
        else:
            parts.append(provider(text))
    for name, text in differing.items():
        if name not in (*kind.title, *kind.aside):
            field = kind.by_name[name]
            label = format_html('<span class="f">{}</span> ', field.label)
            parts.append(label + marked(tag, sentences.value(field, text)))
    return format_html_join(" ", "{}", [(part,) for part in parts])


@register.filter
def plain(number: Decimal | None) -> str:
    """Return every digit, without a language's separators; empty without a number."""
    return "" if number is None else f"{number:f}"


@register.simple_tag
def described(catalog: Catalog, record: Any) -> SafeString:
    """A record as its title, and what follows it as a tag."""
    kind = spec_of(catalog)
    title = " ".join(record[kind.by_name[name].position] for name in kind.title)
    aside = [record[kind.by_name[name].position] for name in kind.aside]
    tags = [
        format_html('<span class="tag mono">{}</span>', provider(text)) for text in aside if text
    ]
    return format_html_join(" ", "{}", [(part,) for part in (provider(title), *tags)])


@register.simple_tag
def marked(tag: str, text: str) -> SafeString:
    """Provider text that differs, as `del` or `ins`."""
    pattern = "<del>{}</del>" if tag == "del" else "<ins>{}</ins>"
    return format_html(pattern, provider(text))


class Sort(NamedTuple):
    """How a column's header reads and where its link leads."""

    aria: str
    next: str
    icon: str


def sort_of(current: str, column: str) -> Sort:
    if current == column:
        return Sort("ascending", f"-{column}", "up")
    if current == f"-{column}":
        return Sort("descending", column, "down-arrow")
    return Sort("none", f"-{column}" if column == "changed" else column, "sort")


HEADER = (
    '<th scope="col" role="columnheader" aria-sort="{}"{}>'
    '<a id="sort-{}" hx-boost="true" href="{}">{}{}</a></th>'
)
CHIP = '<a class="chip" id="by-{}" hx-boost="true" href="{}"{}>{}{}</a>'
CURRENT = SafeString(' aria-current="true"')


@register.simple_tag(takes_context=True)
def sort_header(context: dict[str, Any], column: str, label: str, css: str = "") -> SafeString:
    """A column's header that sorts. Expects query in the context."""
    sort = sort_of(context["query"].sort, column)
    url = query_with(context, sort=sort.next, page=None)
    also = format_html(' class="{}"', css) if css else ""
    return format_html(HEADER, sort.aria, also, column, url, label, icon(sort.icon))


@register.simple_tag(takes_context=True)
def sort_chip(context: dict[str, Any], column: str, label: str) -> SafeString:
    """A link that sorts, for narrow screens. Expects query in the context."""
    sort = sort_of(context["query"].sort, column)
    url = query_with(context, sort=sort.next, page=None)
    current = CURRENT if sort.aria != "none" else ""
    return format_html(CHIP, column, url, current, label, icon(sort.icon))
