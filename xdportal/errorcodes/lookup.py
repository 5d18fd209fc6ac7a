"""Find error codes: by number, by the call and message they came with, or by words."""

from collections.abc import Iterable
from dataclasses import dataclass

from xdportal.errorcodes.reference import ROWS, ErrorCode, Similar
from xdportal.errorcodes.synonyms import Term, begins_word, fold, groups_in, terms_of

_BY_ANCHOR = {row.anchor: row for row in ROWS}
ENOUGH = 0.6  # share of a query's terms that a row must hold if no row holds all of them


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means, and every row that documents it so."""

    rows: tuple[ErrorCode, ...]

    @property
    def row(self) -> ErrorCode:
        return self.rows[0]

    @property
    def solutions(self) -> list[ErrorCode]:
        """Return one row for each different solution that the provider gives."""
        distinct = {row.solution_zh: row for row in reversed(self.rows) if row.solution_zh}
        return list(reversed(distinct.values()))


def by_code(code: int) -> list[ErrorCode]:
    return [row for row in ROWS if row.code == code]


def by_anchor(anchor: str) -> ErrorCode | None:
    return _BY_ANCHOR.get(anchor)


def meanings(rows: Iterable[ErrorCode]) -> list[Meaning]:
    """Group rows that say the same, in the order of their first rows."""
    grouped: dict[tuple[int, str, str], list[ErrorCode]] = {}
    for row in rows:
        grouped.setdefault((row.code, row.message_zh, row.service), []).append(row)
    return [Meaning(tuple(same)) for same in grouped.values()]


def same_elsewhere(code: int) -> list[Meaning]:
    """Return what other codes of the same calls mean with the same message."""
    own = {(row.path, row.message_zh) for row in by_code(code) if row.path}
    others = [row for row in ROWS if row.code != code and (row.path, row.message_zh) in own]
    return meanings(others)


def similar(of: Iterable[Meaning]) -> list[Similar]:
    """Return what is easily taken for one of the meanings, each code once."""
    by_number = {other.code: other for meaning in of for other in meaning.row.similar}
    return list(by_number.values())


# A received code


def find(code: int, path: str = "", said: str = "") -> ErrorCode | None:
    """Return the row that best explains a received code."""
    return next(iter(ranked(code, path, said)), None)


def ranked(code: int, path: str = "", said: str = "") -> list[ErrorCode]:
    """Return a code's rows, the likeliest first: its words fit, its call fits, it is common.

    `path` is written as documented, for example `/v1/pve/open/operate/{id}`; `said` is the
    message that came with the code, or a text that holds it.
    """
    folded = fold(said).strip()
    pairs = _pairs(folded)

    def rank(row: ErrorCode) -> tuple[float, bool, bool, bool]:
        other_call = bool(path) and row.path != path
        return -_likeness(row, folded, pairs), other_call, row.is_sms, bool(row.path)

    return sorted(by_code(code), key=rank)


def _likeness(row: ErrorCode, folded: str, pairs: frozenset[str]) -> float:
    """How well a text fits a row's message: 0 not at all, 1 it holds it, 2 it is the message."""
    message = fold(row.message_zh)
    if folded in (message, fold(row.message_en)):
        return 2
    if fold(row.message_en) in folded:
        return 1
    wanted = _pairs(message)
    share = len(wanted & pairs) / len(wanted)
    return share if share >= 0.5 else 0


def _pairs(folded: str) -> frozenset[str]:
    """Return all pairs of neighbouring characters: what two wordings share survives small edits."""
    return frozenset(folded[at : at + 2] for at in range(len(folded) - 1))


# Words


def search(query: str, api: str = "") -> list[ErrorCode]:
    """Return the rows that hold every word of a query, or its synonyms, in either language.

    First the rows of a queried code, then those whose message holds the words. If no row holds
    every word, those that hold most of them are returned.
    """
    terms = terms_of(query.strip().removeprefix("#"))
    found = _holding(terms, share=1) or _holding(terms, share=ENOUGH)
    in_api = [row for row in found if api in ("", row.api_slug)]

    def order(row: ErrorCode) -> tuple[bool, float, float]:
        is_the_code = terms == [Term(str(row.code))]
        in_row = _held_share(terms, _TEXTS[row.anchor])
        in_message = _held_share(terms, _MESSAGES[row.anchor])
        return not is_the_code, -in_row, -in_message

    return sorted(in_api, key=order)


def _holding(terms: list[Term], share: float) -> list[ErrorCode]:
    return [row for row in ROWS if _held_share(terms, _TEXTS[row.anchor]) >= share]


def _held_share(terms: list[Term], text: "_Searchable") -> float:
    if not terms:
        return 1
    held = [term for term in terms if text.holds(term)]
    return len(held) / len(terms)


@dataclass(frozen=True, slots=True)
class _Searchable:
    text: str
    groups: frozenset[int]

    def holds(self, term: Term) -> bool:
        return term.group in self.groups or begins_word(term.text, self.text)


def _searchable(*parts: str) -> _Searchable:
    """Line breaks keep a word from matching across two parts."""
    text = fold("\n".join(parts))
    return _Searchable(text, groups_in(text))


def _message(row: ErrorCode) -> _Searchable:
    return _searchable(str(row.code), row.message_zh, row.message_en, *row.words)


def _whole(row: ErrorCode) -> _Searchable:
    solution = (row.solution_zh, row.solution_en)
    call = (row.api_zh, row.api_en, row.method, row.path)
    return _searchable(_message(row).text, *solution, *call)


_MESSAGES = {row.anchor: _message(row) for row in ROWS}
_TEXTS = {row.anchor: _whole(row) for row in ROWS}


# A text without a code

MOST_SUGGESTIONS = 3
READ_FOR_SUGGESTIONS = 2000  # characters: what is said in more is not one message


def suggest(text: str) -> list[Meaning]:
    """Return what a message without a code may mean: those whose words it holds, the most first."""
    folded = fold(text[:READ_FOR_SUGGESTIONS])
    groups = groups_in(folded)
    scores = {meaning.row.anchor: _score(meaning.row, folded, groups) for meaning in meanings(ROWS)}
    fitting = [meaning for meaning in meanings(ROWS) if scores[meaning.row.anchor] > 0]
    best_first = sorted(fitting, key=lambda meaning: -scores[meaning.row.anchor])
    return best_first[:MOST_SUGGESTIONS]


def _score(row: ErrorCode, folded: str, groups: frozenset[int]) -> float:
    named = (row.message_zh, row.message_en, *row.words)
    if any(fold(name) in folded for name in named):
        return 2
    wanted = _MESSAGES[row.anchor].groups
    shared = len(wanted & groups)
    share = shared / len(wanted) if wanted else 0
    return share if shared > 1 and share >= ENOUGH else 0
