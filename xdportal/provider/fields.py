"""The fields of an item: how a JSON value becomes the one text that is stored, shown and compared.

The aliases at the end are the types of the item structs in `kinds.py`. Each names the JSON types
that are accepted, and the function that converts a value of them.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec

from xdportal.provider.envelope import CONTROL

MAX_LENGTH = 128  # characters of an id or a text
LONGEST_TEXT = 64 * 1024  # bytes of JSON for one text; what is longer is not even decoded
LONGEST_NUMBER = MAX_LENGTH + 1  # bytes of JSON for one number, with its sign
LONGEST_DECIMAL = 32  # characters of a price
QUOTE = ord('"')
NUMBER_STARTS = b"-0123456789"
TOO_LARGE = 10**MAX_LENGTH
DECIMAL = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


class Unusable(Exception):
    """An item cannot be used. `field` is the provider's name of the field at fault, or empty."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(f"{field} {reason}".strip())
        self.reason = reason  # a word of IGNORED in catalog/words.py
        self.field = field


def id_text(value: int | str) -> str:
    """Return an id; a number and its digits are the same."""
    trimmed = value.strip() if isinstance(value, str) else _digits(value)
    if not trimmed:
        raise Unusable("empty")
    return _checked(trimmed)


def text(value: str | None) -> str:
    return _checked(collapse(value or ""))


def code_text(value: int | str | None) -> str:
    """Return a code or a count; a number and its digits are the same, an unknown one is kept."""
    return _digits(value) if isinstance(value, int) else text(value)


def decimal_text(json: msgspec.Raw | bytes) -> str:
    """Return the shortest text of a decimal, given as a JSON number or string: 1.10 → "1.1"."""
    return _shortest(bytes(json))


def optional_decimal_text(json: msgspec.Raw | bytes) -> str:
    given = bytes(json)
    return "" if given in (b"", b"null", b'""') else _shortest(given)


def optional_number_text(json: msgspec.Raw | bytes) -> str:
    """Return a size as it came: the digits of a number, with its decimals, or a text."""
    given = bytes(json)
    if given in (b"", b"null"):
        return ""
    check_length(given)
    if given[0] == QUOTE:
        return text(str(msgspec.json.decode(given)))
    if given[0] not in NUMBER_STARTS:
        raise Unusable("wrong_type")
    return _checked(given.decode())


@lru_cache(maxsize=8192)
def collapse(text: str) -> str:
    """Return the text in NFC, trimmed and with inner white space collapsed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def check_length(json: bytes | memoryview) -> None:
    """Raise Unusable for a JSON text or number so long that it is better not decoded."""
    if json[0] == QUOTE:
        longest = LONGEST_TEXT
    elif json[0] in NUMBER_STARTS:
        longest = LONGEST_NUMBER
    else:
        return
    if len(json) > longest:
        raise Unusable("too_long")


@lru_cache(maxsize=8192)
def _shortest(json: bytes) -> str:
    number = _number_in(json)
    if number.startswith("-"):
        raise Unusable("negative")
    if not DECIMAL.fullmatch(number):
        raise Unusable("no_decimal")
    plain = format(Decimal(number), "f")  # exact: neither step rounds
    shortest = plain.rstrip("0").rstrip(".") if "." in plain else plain
    if len(shortest) > LONGEST_DECIMAL:
        raise Unusable("out_of_range")
    return shortest


def _number_in(json: bytes) -> str:
    """Return the text of a JSON number, or what a JSON string holds in its place."""
    check_length(json)
    if json[0] == QUOTE:
        held = str(msgspec.json.decode(json)).strip()
    elif json[0] in NUMBER_STARTS:
        held = json.decode()
    else:
        raise Unusable("wrong_type")
    if len(held) > LONGEST_NUMBER:
        raise Unusable("too_long")
    return held


def _digits(number: int) -> str:
    if abs(number) >= TOO_LARGE:
        raise Unusable("too_long")
    return str(number)


def _checked(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise Unusable("too_long")
    if not text.isprintable() and CONTROL.search(text):
        raise Unusable("control")
    return text


Id = Annotated[int | str, id_text]
Text = Annotated[str, text]
OptionalText = Annotated[str | None, text]
Code = Annotated[int | str, code_text]
OptionalCode = Annotated[int | str | None, code_text]
Decimals = Annotated[msgspec.Raw, decimal_text]
OptionalNumber = Annotated[msgspec.Raw, optional_number_text]
OptionalDecimals = Annotated[msgspec.Raw, optional_decimal_text]
