"""Another reading of an item, straight from the field tables and nothing of the portal's code."""

import json
import re
import unicodedata
from decimal import Decimal
from typing import Any

Column = tuple[str, str, bool]  # the provider's name, the form, whether it is required

PACKAGE: list[Column] = [
    ("packageId", "id", True),
    ("name", "text", True),
    ("type", "text", True),
    ("gpuName", "text", False),
    ("gpuNumber", "code", False),
    ("cpuNumber", "code", False),
    ("memoryNumber", "code", False),
    ("rigidDiskNumber", "code", False),
    ("bandWidth", "code", False),
    ("area", "code", False),
    ("pveMachineType", "code", False),
    ("useType", "code", False),
    ("amount", "price", True),
    ("discount", "price", False),
]
COLUMNS: dict[str, list[Column]] = {
    "images": [
        ("imageId", "id", True),
        ("type", "text", True),
        ("systemImageName", "text", True),
        ("systemImageVersion", "text", True),
    ],
    "packages-payg": PACKAGE,
    "packages-rental": PACKAGE,
    "personal": [
        ("id", "id", True),
        ("imageId", "code", False),
        ("imageName", "text", True),
        ("imageType", "text", False),
        ("imageSize", "number", False),
        ("datacenterKey", "code", False),
        ("status", "code", True),
        ("createTime", "code", False),
    ],
}


class Written(Decimal):
    """A decimal that knows how it was written."""

    written: str

    def __new__(cls, written: str) -> "Written":
        made = super().__new__(cls, written)
        made.written = written
        return made


def record_of(kind: str, row: Any) -> tuple[str, ...] | None:
    """Return the record of a usable item, None for another. `row` is what the JSON says."""
    if not isinstance(row, dict):
        return None
    texts = [_text(row, *column) for column in COLUMNS[kind]]
    return None if None in texts else tuple(text for text in texts if text is not None)


def decoded(json_text: str) -> Any:
    """Return what JSON says, without a float anywhere."""
    return json.loads(json_text, parse_float=Written)


def _text(row: dict[str, Any], name: str, form: str, required: bool) -> str | None:
    value = row.get(name)
    if value is None:
        return None if required else ""
    if isinstance(value, bool):
        return None
    if form == "price":
        return _price(value, required)
    if isinstance(value, int) and form != "text":
        value = str(value)
    if isinstance(value, Written) and form == "number":
        value = value.written
    if not isinstance(value, str):
        return None
    text = value.strip() if form == "id" else _collapsed(value)
    if len(text) > 128 or (form == "id" and not text):
        return None
    return None if re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", text) else text


def _collapsed(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def _price(value: Any, required: bool) -> str | None:
    if value == "" and not required:
        return ""
    if not isinstance(value, int | str | Decimal):
        return None
    text = str(value).strip()
    if len(text) > 129:
        return None
    if not re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", text):
        return None
    whole, _, fraction = format(Decimal(text), "f").partition(".")
    shortest = whole + ("." + fraction.rstrip("0") if fraction.rstrip("0") else "")
    return shortest if len(shortest) <= 32 else None
