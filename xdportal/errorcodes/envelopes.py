"""Find the provider's answers in a text: objects with a code, as JSON or as Python prints them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from xdportal.errorcodes.escapes import python_as_json

MOST_OBJECTS = 20  # tried as an answer
MOST_OF_PYTHON = 2**14  # characters of one object

_JSON_START = re.compile(r'\{\s{0,99}"')
_ESCAPED_START = re.compile(r'\{\s{0,99}\\{1,8}"')
_ESCAPED_QUOTE = re.compile(r'\\{1,8}"')
_PYTHON_START = re.compile(r"\{\s{0,99}'")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_DECODER = json.JSONDecoder()


def first_envelope(text: str) -> dict[str, Any]:
    """Return the first object with a code; empty if there is none."""
    for objects in (_json_objects, _escaped_objects, _python_objects):
        for candidate in objects(text):
            if whole_number(candidate.get("code")) is not None:
                return candidate
    return {}


def whole_number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        return int(value)
    return None


def _json_objects(text: str) -> Iterator[dict[str, Any]]:
    start = 0
    for _ in range(MOST_OBJECTS):
        opening = _JSON_START.search(text, start)
        if opening is None:
            return
        value, start = _decode(text, opening.start(), opening.end())
        if isinstance(value, dict):
            yield value


def _escaped_objects(text: str) -> Iterator[dict[str, Any]]:
    r"""Yield the objects within a JSON text, such as `"body": "{\"code\": 7005}"`."""
    if _ESCAPED_START.search(text):
        yield from _json_objects(_ESCAPED_QUOTE.sub('"', text))


def _python_objects(text: str) -> Iterator[dict[str, Any]]:
    openings = _PYTHON_START.finditer(text)
    for _, opening in zip(range(MOST_OBJECTS), openings, strict=False):
        part = text[opening.start() : opening.start() + MOST_OF_PYTHON]
        value, _end = _decode(python_as_json(part), 0, 0)
        if isinstance(value, dict):
            yield value


def _decode(text: str, start: int, otherwise: int) -> tuple[Any, int]:
    """Return the value that starts there and where it ends, or None and where to go on."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, otherwise
