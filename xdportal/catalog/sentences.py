"""Changes in words: the one place for pages, exports, mails and messages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.utils.translation import gettext as _

from xdportal.catalog.compare import Change, ChangeKind
from xdportal.catalog.kinds import CatalogKind, Field
from xdportal.lib import dates
from xdportal.provider.records import Record


class Difference(NamedTuple):
    """One field of one item that differs."""

    name: str
    before: str
    after: str


def differences(kind: CatalogKind, change: Change) -> list[Difference]:
    """Return the fields that differ, where one record took over from one; else none."""
    if len(change.before) != 1 or len(change.after) != 1:
        return []
    (before,) = change.before
    (after,) = change.after
    return [
        Difference(field.name, before[field.position], after[field.position])
        for field in kind.fields
        if before[field.position] != after[field.position]
    ]


def change(kind: CatalogKind, change: Change) -> str:
    """Return `4005 changed: version 18.04 x64 → 20.04 x64`."""
    item_id = change.item_id
    before = describe_all(kind, change.before)
    after = describe_all(kind, change.after)
    if change.kind is ChangeKind.REMOVED:
        return _("%(id)s was withdrawn: %(images)s") % {"id": item_id, "images": before}
    if change.kind is ChangeKind.ADDED:
        return _("%(id)s was added: %(images)s") % {"id": item_id, "images": after}
    if change.kind is ChangeKind.RETURNED:
        return _("%(id)s came back: %(images)s") % {"id": item_id, "images": after}
    what = differences_in_words(kind, change) or f"{before or '—'} → {after or '—'}"
    return _("%(id)s changed: %(what)s") % {"id": item_id, "what": what}


def was(kind: CatalogKind, change: Change) -> str:
    """Return what the fields that differ were before: `18.04 x64`, `bandwidth 30`; else the
    records.
    """
    fields = differences(kind, change)
    if not fields:
        return describe_all(kind, change.before) if change.kind is ChangeKind.CHANGED else ""
    return " · ".join(_was(kind, found) for found in fields)


def _was(kind: CatalogKind, difference: Difference) -> str:
    field = kind.by_name[difference.name]
    before = value(field, difference.before)
    names_itself = field.name in (*kind.title, *kind.aside, "price", "status")
    return before if names_itself else f"{field.label} {before}"


def differences_in_words(kind: CatalogKind, change: Change) -> str:
    parts = [difference_in_words(kind, found) for found in differences(kind, change)]
    return " · ".join(parts)


def difference_in_words(kind: CatalogKind, difference: Difference) -> str:
    """Return `price 1.1 → 1.25 (+13.6 %)`."""
    field = kind.by_name[difference.name]
    before = value(field, difference.before)
    after = value(field, difference.after)
    words = f"{field.label} {before} → {after}"
    share = percentage(difference) if field.name == "price" else ""
    return f"{words} ({share})" if share else words


def percentage(difference: Difference) -> str:
    """Return `+13.6 %`; empty where it makes no sense."""
    try:
        before = Decimal(difference.before)
        after = Decimal(difference.after)
    except InvalidOperation:
        return ""
    if not before:
        return ""
    share = (after - before) / before * 100
    return f"{share:+.1f} %".replace("-", "−")


def value(field: Field, text: str) -> str:
    """Return a value in words; an unknown code and an empty text as they are."""
    if field.name == "price":
        return price(text)
    if field.is_time:
        return day(text)
    return str(field.words.get(text, text)) or "—"


def price(text: str) -> str:
    """Return every digit of a price, with two decimals at least: 1.1 is read as 1.10."""
    whole, dot, decimals = text.partition(".")
    if not whole.lstrip("-").isdecimal() or not (decimals.isdecimal() or not dot):
        return text or "—"
    return f"{whole}.{decimals:0<2}"


def day(milliseconds: str) -> str:
    """Return the local date of a time in milliseconds since 1970; other texts as they are."""
    try:
        at = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return milliseconds or "—"
    return dates.day(at)


def describe(kind: CatalogKind, record: Record) -> str:
    """Return `Ubuntu Server 20.04 x64 (BL)`."""
    title = _words_of(kind, kind.title, record)
    aside = _words_of(kind, kind.aside, record)
    return f"{title} ({aside})" if aside else title


def describe_all(kind: CatalogKind, records: Sequence[Record]) -> str:
    return " | ".join(describe(kind, record) for record in records)


def _words_of(kind: CatalogKind, names: Sequence[str], record: Record) -> str:
    fields = [kind.by_name[name] for name in names]
    texts = [
        str(field.words.get(record[field.position], record[field.position])) for field in fields
    ]
    return " ".join(text for text in texts if text)
