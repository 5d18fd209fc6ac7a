"""A JSON list, cut into parts of whole items, so that memory stays in proportion to its lines."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from xdportal.provider.errors import Details, TooLarge

PART = 256 * 1024  # bytes of a list that are decoded at a time
LARGEST_PART = 16 * PART  # beyond, its items are counted before they are decoded
MOST_COMMAS = 400_000  # at most in a part that cannot be cut
WINDOW = 4096  # bytes in which a place to cut is looked for
END_OF_ITEM = re.compile(rb"\}\s*,")

Item = TypeVar("Item", bound=msgspec.Struct)
_raw_items = msgspec.json.Decoder(list[msgspec.Raw])


def parts(
    data: memoryview, decoder: msgspec.json.Decoder[list[Item]], details: Details
) -> Iterator[list[Item] | list[msgspec.Raw]]:
    """Yield the list's items in parts; those of a part undecoded if one of them doesn't decode.

    `data` is valid JSON, and a list. Raise TooLarge for a part of too many items.
    """
    start = 1
    end = len(data) - 1
    while start < end:
        part, start = _part(data, start, end, decoder, details)
        yield part


def _part(
    data: memoryview,
    start: int,
    end: int,
    decoder: msgspec.json.Decoder[list[Item]],
    details: Details,
) -> tuple[list[Item] | list[msgspec.Raw], int]:
    """Return some whole items from `start` on, and where the next one starts.

    The list is cut at a comma. The cut was between two items if what is before it is a list again;
    within a text or an object it is not, and another comma is tried, further on at last.
    """
    size = PART
    while True:
        for cut in _cuts(data, start + size, end):
            part = _decoded(b"".join((b"[", data[start:cut], b"]")), decoder, details)
            if part is not None:
                return part, cut + 1
        size *= 2


def _cuts(data: memoryview, near: int, end: int) -> Iterator[int]:
    """Yield places where the list may be cut: first behind an object, then at any comma."""
    if near >= end:
        yield end
        return
    window = bytes(data[near : min(near + WINDOW, end)])
    behind_object = END_OF_ITEM.search(window)
    if behind_object:
        yield near + behind_object.end() - 1
    for comma in islice(re.finditer(b",", window), 8):
        yield near + comma.start()


def _decoded(
    part: bytes, decoder: msgspec.json.Decoder[list[Item]], details: Details
) -> list[Item] | list[msgspec.Raw] | None:
    """Return the items, undecoded if one of them doesn't decode; None if the part is no list."""
    if len(part) <= LARGEST_PART:
        try:
            return decoder.decode(part)
        except msgspec.ValidationError:
            pass  # an odd item, or one that was cut in the middle
        except msgspec.DecodeError:
            return None
    elif part.count(b",") > MOST_COMMAS:
        raise TooLarge("items", details)
    try:
        return _raw_items.decode(part)
    except msgspec.DecodeError:
        return None
