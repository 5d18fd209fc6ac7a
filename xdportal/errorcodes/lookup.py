"""The provider's documented error codes, in the provider's Chinese and our English.

`codes.json` holds one object per documented row. One code may be documented several times, even for one call, with
different meanings: rows are never merged. `explanations.json` adds what we know of each meaning, in both languages.
"""

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One documented row. The Chinese is the provider's own wording; the codes common to all calls have no path."""

    code: int
    message_zh: str
    solution_zh: str
    api_zh: str
    api_en: str
    method: str
    path: str
    source: str
    message_en: str
    solution_en: str
    anchor: str
    cause_zh: str
    cause_en: str
    do_zh: str  # our advice, where the provider gives none
    do_en: str
    retry: str  # does trying again help: none (nothing failed), later (by itself), fixed (once the cause is mended)

    @property
    def document(self) -> str:
        """The name of the document, without the word for its kind."""
        return self.source.partition(": ")[2]

    @property
    def from_seed(self) -> bool:
        """Whether the row comes from the document the project began with, not from the provider's current pages."""
        return self.source.startswith("seed")

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


def search(query: str, api: str = "") -> list[ErrorCode]:
    """Rows with every word of the query, in either language; a query that is a code puts that code's rows first."""
    words = _fold(query).strip().removeprefix("#").split()
    found = [
        row
        for row, text in zip(ROWS, _TEXTS, strict=True)
        if api in ("", row.api_slug) and all(word in text for word in words)
    ]
    return sorted(found, key=lambda row: words != [str(row.code)])


def by_code(code: int) -> list[ErrorCode]:
    return [row for row in ROWS if row.code == code]


def ranked(code: int, path: str = "", msg: str = "") -> list[ErrorCode]:
    """A received code's rows, the likeliest first: of the call, with that text, common to all calls.

    `path` is written as documented, for example `/v1/pve/open/operate/{id}`.
    """
    said = _fold(msg).strip()
    return sorted(
        by_code(code),
        key=lambda row: (not path or row.path != path, said != _fold(row.message_zh), row.path != ""),
    )


def find(code: int, path: str = "") -> ErrorCode | None:
    """The row that best explains a received code."""
    return next(iter(ranked(code, path)), None)


def others(row: ErrorCode) -> list[ErrorCode]:
    """The other rows of its code, and rows of other codes of the same call that mean the same."""
    return [
        other
        for other in ROWS
        if other != row
        and (other.code == row.code or (other.path == row.path != "" and other.message_zh == row.message_zh))
    ]


def _load() -> tuple[ErrorCode, ...]:
    rows = []
    seen: Counter[int] = Counter()
    ours = {(known.pop("code"), known.pop("message_zh")): known for known in _read("explanations.json")}
    for row in _read("codes.json"):
        code = row["code"]
        seen[code] += 1
        anchor = f"{code}-{seen[code]}" if seen[code] > 1 else f"{code}"
        known = {"do_zh": "", "do_en": "", **ours[code, row["message_zh"]]}
        rows.append(ErrorCode(api_zh=row.pop("api"), anchor=anchor, **known, **row))
    return tuple(rows)


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found


def _text(row: ErrorCode) -> str:
    """What a search looks at; the line breaks keep a word from matching across two fields."""
    messages = (row.message_zh, row.message_en, row.solution_zh, row.solution_en)
    return _fold("\n".join((str(row.code), *messages, row.api_zh, row.api_en, row.method, row.path)))


def _fold(text: str) -> str:
    """Full-width digits and punctuation, as Chinese keyboards give them, equal the narrow ones; case does not count."""
    return unicodedata.normalize("NFKC", text).casefold()


ROWS = _load()
APIS = tuple(
    Api(*call, count)
    for call, count in Counter((row.api_zh, row.api_en, row.method, row.path, row.api_slug) for row in ROWS).items()
)
_TEXTS = tuple(_text(row) for row in ROWS)
