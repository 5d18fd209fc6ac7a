"""The documented error codes as data: the provider's Chinese, our English, and what we know beyond.

`codes.json` holds one object per documented row. A code may be documented several times, even for
one call and with different meanings, so rows are never merged. `explanations.json` holds what we
know of each meaning, in both languages.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Retry(StrEnum):
    """Whether sending the same request again helps."""

    NEEDLESS = "none"  # nothing failed
    LATER = "later"  # it often passes by itself
    WHEN_FIXED = "fixed"


Entry = dict[str, Any]  # of a data file


@dataclass(frozen=True, slots=True)
class Similar:
    """A code that is easily taken for another one, and how it differs."""

    code: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One documented row. The Chinese messages and solutions are the provider's own wording."""

    code: int
    message_zh: str
    message_en: str
    solution_zh: str
    solution_en: str
    api_zh: str
    api_en: str
    method: str
    path: str  # empty for the codes that are common to all calls
    source: str
    anchor: str
    retry: Retry
    cause_zh: str
    cause_en: str
    do_zh: str  # our advice; always there where the provider gives none
    do_en: str
    words: tuple[str, ...]  # what people call it
    similar: tuple[Similar, ...]
    service: str  # "sms": of the provider's SMS service; empty: of cloud hosts

    @property
    def document(self) -> str:
        return self.source.partition(": ")[2]

    @property
    def is_seed(self) -> bool:
        """Whether the row is of an earlier document, not of the provider's current pages."""
        return self.source.startswith("seed")

    @property
    def is_sms(self) -> bool:
        return self.service == "sms"

    @property
    def api_slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.api_en.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Api:
    """One documented call, and how many rows it has."""

    zh: str
    en: str
    method: str
    path: str
    slug: str
    count: int


def _load_rows() -> tuple[ErrorCode, ...]:
    explanations = {}
    for explanation in _read("explanations.json"):
        explanations[_meaning_key(explanation)] = explanation
    occurrences: Counter[int] = Counter()
    rows = []
    for entry in _read("codes.json"):
        code = entry["code"]
        occurrences[code] += 1
        anchor = _anchor(code, occurrences[code])
        explanation = explanations[_meaning_key(entry)]
        rows.append(_row(entry, explanation, anchor))
    return tuple(rows)


def _meaning_key(entry: Entry) -> tuple[int, str, str]:
    service = entry.get("service", "")
    return entry["code"], entry["message_zh"], service


def _anchor(code: int, occurrence: int) -> str:
    if occurrence == 1:
        return str(code)
    return f"{code}-{occurrence}"


def _row(entry: Entry, explanation: Entry, anchor: str) -> ErrorCode:
    similar = [Similar(**other) for other in explanation.get("similar", ())]
    return ErrorCode(
        code=entry["code"],
        message_zh=entry["message_zh"],
        message_en=entry["message_en"],
        solution_zh=entry["solution_zh"],
        solution_en=entry["solution_en"],
        api_zh=entry["api"],
        api_en=entry["api_en"],
        method=entry["method"],
        path=entry["path"],
        source=entry["source"],
        anchor=anchor,
        retry=Retry(explanation["retry"]),
        cause_zh=explanation["cause_zh"],
        cause_en=explanation["cause_en"],
        do_zh=explanation.get("do_zh", ""),
        do_en=explanation.get("do_en", ""),
        words=tuple(explanation.get("words", ())),
        similar=tuple(similar),
        service=entry.get("service", ""),
    )


def _read(name: str) -> list[Entry]:
    path = Path(__file__).with_name(name)
    text = path.read_text(encoding="utf-8")
    entries: list[Entry] = json.loads(text)
    return entries


def _load_apis() -> tuple[Api, ...]:
    """Return the calls in the order of their first rows."""
    counts = Counter(row.api_slug for row in ROWS)
    apis: dict[str, Api] = {}
    for row in ROWS:
        slug = row.api_slug
        apis[slug] = Api(
            zh=row.api_zh,
            en=row.api_en,
            method=row.method,
            path=row.path,
            slug=slug,
            count=counts[slug],
        )
    return tuple(apis.values())


def _rows_by_code() -> dict[int, list[ErrorCode]]:
    by_code: dict[int, list[ErrorCode]] = {}
    for row in ROWS:
        rows = by_code.setdefault(row.code, [])
        rows.append(row)
    return by_code


ROWS = _load_rows()
APIS = _load_apis()
BY_CODE = _rows_by_code()
BY_ANCHOR = {row.anchor: row for row in ROWS}
