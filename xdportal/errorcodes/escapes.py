"""Read what programs print instead of plain text: escaped characters and Python's notation."""

import json
import re

_UNICODE = re.compile(r"u([0-9a-f]{4})", re.IGNORECASE)
_UNICODE_RUN = re.compile(r"(?:\\{1,8}u(?!00[0-7])[0-9a-f]{4})+", re.IGNORECASE)
_BYTES_RUN = re.compile(r"(?:\\x[89a-f][0-9a-f])+", re.IGNORECASE)
_PYTHON_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"'
    r"|'((?:[^'\\\n]|\\.)*)'"
    r"|\b(?:None|True|False)\b"
)
_CONSTANTS = {"None": "null", "True": "true", "False": "false"}


def unescape(text: str) -> str:
    r"""Return a text with `\u4e3b` and the UTF-8 bytes `\xe4\xb8\xbb` as the characters they mean.

    ASCII stays escaped, so that JSON within the text keeps its shape.
    """
    text = _UNICODE_RUN.sub(_characters, text)
    return _BYTES_RUN.sub(_decoded_bytes, text)


def _characters(run: re.Match[str]) -> str:
    units = [int(digits, 16) for digits in _UNICODE.findall(run[0])]
    as_bytes = b"".join(unit.to_bytes(2, "big") for unit in units)
    return as_bytes.decode("utf-16-be", errors="replace")


def _decoded_bytes(run: re.Match[str]) -> str:
    as_bytes = bytes.fromhex(run[0].replace("\\x", "").replace("\\X", ""))
    try:
        return as_bytes.decode()
    except UnicodeDecodeError:
        return run[0]


def python_as_json(text: str) -> str:
    """Return a text with Python's strings and constants written as JSON writes them."""
    return _PYTHON_TOKEN.sub(_as_json, text)


def _as_json(token: re.Match[str]) -> str:
    if token[1] is None:
        return _CONSTANTS.get(token[0], token[0])
    return json.dumps(token[1].replace("\\'", "'"), ensure_ascii=False)
