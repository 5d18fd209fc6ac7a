"""What the items of an answer look like: a provider that changes its interface shows there first.

Pure, and never in the way: what cannot be read here is read, or refused, elsewhere.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from xdportal.provider.envelope import clean
from xdportal.provider.fields import Unusable, check_length
from xdportal.provider.kinds import Kind

SAMPLED = 20  # items that are looked at, from the start of the list
WINDOW = 64 * 1024  # bytes of the list in which they are looked for
MOST_FIELDS = 64
LONGEST_NAME = 64  # characters
LONGEST_EXAMPLE = 60
TYPES: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
    dict: "object",
    type(None): "null",
}

# The JSON types of each field, each with an example.
Shape = Mapping[str, Mapping[str, str]]
# The JSON types that each field has had.
Known = Mapping[str, Sequence[str]]


class What(StrEnum):
    NEW = "new"
    MISSING = "missing"
    TYPE = "type"


class Deviation(NamedTuple):
    """One field that is not as it was before."""

    what: What
    field: str
    type: str  # of the example; empty for a field that is missing
    example: str


def shape_of(data: memoryview | bytes) -> Shape:
    """Return what the first items of a JSON list look like; nothing if it holds no objects."""
    shape: dict[str, dict[str, str]] = {}
    for item in _first_items(bytes(data[:WINDOW]).decode(errors="ignore")):
        for name, value in list(item.items())[:MOST_FIELDS]:
            types = shape.setdefault(clean(name, LONGEST_NAME), {})
            types.setdefault(TYPES[type(value)], _example(value))
    return shape


def deviations(kind: Kind[Any], known: Known, shape: Shape) -> list[Deviation]:
    """Return what differs from before, by field; nothing for the first answer there is.

    A documented field may have any type that is accepted, and every field may be null.
    """
    if not known or not shape:
        return []
    found = [Deviation(What.MISSING, name, "", "") for name in known.keys() - shape.keys()]
    for name, types in shape.items():
        for json_type, example in types.items():
            if name not in known:
                found.append(Deviation(What.NEW, name, json_type, example))
            elif json_type not in (*known[name], "null") and not _accepts(kind, name, json_type):
                found.append(Deviation(What.TYPE, name, json_type, example))
    return sorted(found, key=lambda one: (one.field, one.type))


def known_after(known: Known, shape: Shape) -> dict[str, list[str]]:
    """Return the types that each field of the answer has had so far."""
    return {name: sorted({*types, *known.get(name, ())}) for name, types in shape.items()}


def _first_items(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    place = text.find("[") + 1
    for _number in range(SAMPLED):
        start = _start_of_value(text, place)
        try:
            item, place = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        if isinstance(item, dict):
            yield item


def _start_of_value(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n,":
        place += 1
    return place


def _example(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clean(text, LONGEST_EXAMPLE)


SAMPLES = {"boolean": b"true", "number": b"1", "string": b'"1"', "list": b"[]", "object": b"{}"}


def _accepts(kind: Kind[Any], name: str, json_type: str) -> bool:
    """Whether a documented field may have values of a JSON type."""
    sample = SAMPLES[json_type]
    for declared in kind.fields:
        if declared.provider_name == name:
            try:
                check_length(sample)
                declared.convert(declared.decoder.decode(sample))
            except (msgspec.ValidationError, Unusable):
                return False
            return True
    return False
