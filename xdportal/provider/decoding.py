"""From a list's JSON to its lines. An item that cannot be used is ignored, counted and named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from xdportal.lib.redaction import redact
from xdportal.provider.errors import BadData, Details, TooLarge
from xdportal.provider.fields import MAX_LENGTH, Unusable, check_length
from xdportal.provider.kinds import Field, Kind
from xdportal.provider.parts import parts
from xdportal.provider.records import (
    MAX_IGNORED_PERCENT,
    MAX_ITEMS,
    NAMED_IGNORED,
    Ignored,
    Line,
    RecordList,
    UnusableItems,
)

OPENING_BRACKET = b"["


@dataclass(slots=True)
class Collected:
    """What a list's parts, or pages, add up to."""

    lines: set[Line] = field(default_factory=set)
    item_count: int = 0
    ignored_count: int = 0
    ignored: list[Ignored] = field(default_factory=list)

    def add_lines(self, lines: Sequence[Line]) -> None:
        self.lines.update(lines)
        self.item_count += len(lines)

    def ignore(self, fault: Unusable) -> None:
        if len(self.ignored) < NAMED_IGNORED:
            self.ignored.append(Ignored(self.item_count, fault.field, fault.reason))
        self.ignored_count += 1
        self.item_count += 1

    def as_list(self, details: Details) -> RecordList:
        """Return the list. Raise UnusableItems if no item is usable, or too many were ignored."""
        ignored = tuple(self.ignored)
        if self.item_count and self._too_few_are_usable:
            raise UnusableItems(details, RecordList(frozenset(), self.ignored_count, ignored, 0, 0))
        line_count = len(self.lines)
        id_count = len({line.partition(b"\t")[0] for line in self.lines})  # quicker than id_of
        return RecordList(
            lines=self.lines,
            ignored_count=self.ignored_count,
            ignored=ignored,
            duplicates=self.item_count - self.ignored_count - line_count,
            conflicts=line_count - id_count,
        )

    @property
    def _too_few_are_usable(self) -> bool:
        too_many_ignored = self.ignored_count * 100 > self.item_count * MAX_IGNORED_PERCENT
        return not self.lines or too_many_ignored


def decode_list(kind: Kind[Any], data: memoryview | bytes, details: Details) -> RecordList:
    """Return the usable records of `data`, the JSON of a list of that kind.

    Raise BadData if it is no list, UnusableItems if too few items are usable, TooLarge if it has
    more than 200,000 of them.
    """
    collected = Collected()
    collect(kind, data, details, collected)
    return collected.as_list(details)


def collect(
    kind: Kind[Any], data: memoryview | bytes, details: Details, collected: Collected
) -> None:
    """Add the items of `data` to what is collected."""
    if bytes(data[:1]) != OPENING_BRACKET:
        raise BadData("no_list", details)
    for part in parts(memoryview(data), _items_decoder(kind), details):
        _collect_part(kind, part, collected)
        if collected.item_count > MAX_ITEMS:
            raise TooLarge("items", details)


def _collect_part(
    kind: Kind[Any], part: Sequence[msgspec.Struct | msgspec.Raw], collected: Collected
) -> None:
    lines = plain_lines(kind, part)
    if lines is not None:
        collected.add_lines(lines)
        return
    for item in part:
        try:
            texts = texts_of(kind, item)
        except Unusable as fault:
            collected.ignore(fault)
        else:
            collected.add_lines(["\t".join(texts).encode()])


def plain_lines(kind: Kind[Any], part: Sequence[msgspec.Struct | msgspec.Raw]) -> list[Line] | None:
    """Return the lines of a part whose items are plain; None if each must be judged by itself.

    This is the common case, and far faster: ids are judged together, and of the other columns
    each distinct value once.
    """
    if not part or isinstance(part[0], msgspec.Raw):
        return None
    first, *others = kind.fields
    ids = list(map(attrgetter(first.name), part))
    if not _are_plain_ids(ids):
        return None
    try:
        columns = [_column(declared, part) for declared in others]
    except Unusable:
        return None
    together = "\n".join(map("\t".join, zip(ids, *columns, strict=True)))
    return together.encode().split(b"\n") if redact(together) == together else None


def _are_plain_ids(ids: list[Any]) -> bool:
    if set(map(type, ids)) != {str}:
        return False
    lengths = list(map(len, ids))
    if not min(lengths) or max(lengths) > MAX_LENGTH:
        return False
    together = "".join(ids)
    return together.isascii() and together.isalnum()


def _column(declared: Field, part: Sequence[Any]) -> list[str]:
    """Return one field's texts. Raise Unusable if one of the values cannot be used."""
    values = list(map(attrgetter(declared.name), part))
    if isinstance(values[0], msgspec.Raw):
        values = list(map(bytes, values))
    distinct = set(values)
    texts = {value: declared.convert(value) for value in distinct}
    if all(value == text for value, text in texts.items()):
        return values
    return [texts[value] for value in values]


def texts_of(kind: Kind[Any], item: msgspec.Struct | msgspec.Raw) -> list[str]:
    """Return the texts of the item's record, id first. Raise Unusable, naming the field."""
    values = _loose_values(kind, item)
    texts = []
    for declared, value in zip(kind.fields, values, strict=True):
        try:
            texts.append(_text(declared, value))
        except Unusable as fault:
            raise Unusable(fault.reason, declared.provider_name) from None
    _refuse_secrets(kind, texts)
    return texts


def _loose_values(kind: Kind[Any], item: msgspec.Struct | msgspec.Raw) -> tuple[Any, ...]:
    if not isinstance(item, msgspec.Raw):
        return msgspec.structs.astuple(item)
    try:
        return msgspec.structs.astuple(_loose_decoder(kind).decode(item))
    except msgspec.ValidationError:
        raise Unusable("no_object") from None


def _text(declared: Field, value: Any) -> str:
    """Return the text of a value, which is decoded already or JSON."""
    if not isinstance(value, msgspec.Raw):
        return declared.convert(value)
    json = memoryview(value)
    if json:
        check_length(json)
        return declared.convert(_decoded(declared, json))
    if declared.required:
        raise Unusable("missing")
    return ""


def _decoded(declared: Field, json: memoryview) -> Any:
    try:
        return declared.decoder.decode(json)
    except msgspec.ValidationError:
        raise Unusable("wrong_type") from None


def _refuse_secrets(kind: Kind[Any], texts: list[str]) -> None:
    together = "\t".join(texts)
    if redact(together) == together:
        return
    for declared, text in zip(kind.fields, texts, strict=True):
        if redact(text) != text:
            raise Unusable("secret", declared.provider_name)


@cache
def _items_decoder(kind: Kind[Any]) -> msgspec.json.Decoder[list[Any]]:
    item: Any = kind.item
    return msgspec.json.Decoder(list[item])


@cache
def _loose_decoder(kind: Kind[Any]) -> msgspec.json.Decoder[Any]:
    """Return a decoder of items of which nothing is believed yet; a missing field is empty."""
    empty = msgspec.Raw(b"")
    fields = [
        (declared.name, msgspec.Raw, msgspec.field(name=declared.provider_name, default=empty))
        for declared in kind.fields
    ]
    return msgspec.json.Decoder(msgspec.defstruct("Loose", fields))
