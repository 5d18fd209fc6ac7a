"""Find error codes: by number, by the call and message they came with, or by words."""

from xdportal.errorcodes.meanings import Meaning, meanings
from xdportal.errorcodes.reference import BY_ANCHOR, BY_CODE, ErrorCode
from xdportal.errorcodes.synonyms import Term, fold, groups_in, terms_of
from xdportal.errorcodes.words import ENTRIES, Entry

ENOUGH = 0.6  # share of a query's terms that a row must hold if no row holds all of them
ALIKE = 0.5  # share of a message's pairs of characters that make two wordings alike
MOST_SUGGESTIONS = 3
READ_FOR_SUGGESTIONS = 2000  # characters; what is longer is no single message


def by_code(code: int) -> list[ErrorCode]:
    return BY_CODE.get(code, [])


def by_anchor(anchor: str) -> ErrorCode | None:
    return BY_ANCHOR.get(anchor)


# A received code


def find(code: int, path: str = "", said: str = "") -> ErrorCode | None:
    """Return the row that best explains a received code."""
    rows = ranked(code, path, said)
    return rows[0] if rows else None


def ranked(code: int, path: str = "", said: str = "") -> list[ErrorCode]:
    """Return a code's rows, the likeliest first: its words fit, its call fits, it is common.

    `path` is written as documented, for example `/v1/pve/open/operate/{id}`; `said` is the
    message that came with the code, or a text that holds it.
    """
    said = fold(said).strip()
    said_pairs = _pairs(said)

    def rank(row: ErrorCode) -> tuple[float, bool, bool, bool]:
        likeness = _likeness(row, said, said_pairs)
        is_other_call = path not in ("", row.path)
        is_of_one_call = row.path != ""
        return -likeness, is_other_call, row.is_sms, is_of_one_call

    return sorted(by_code(code), key=rank)


def _likeness(row: ErrorCode, said: str, said_pairs: set[str]) -> float:
    """Return how well a text fits a message: 2 it is the message, 1 it holds it, 0 not at all."""
    chinese = fold(row.message_zh)
    english = fold(row.message_en)
    if said in (chinese, english):
        return 2
    if english in said:
        return 1
    pairs = _pairs(chinese)
    share = len(pairs & said_pairs) / len(pairs)
    return share if share >= ALIKE else 0


def _pairs(text: str) -> set[str]:
    """Return all pairs of neighbouring characters: small edits leave most of them."""
    following = text[1:]
    return {first + second for first, second in zip(text, following, strict=False)}


# Words


def search(query: str, api: str = "") -> list[ErrorCode]:
    """Return the rows that hold every word of a query, or its synonyms, in either language.

    First the rows of a queried code, then those whose message holds the words. If no row holds
    every word, those that hold most of them are returned.
    """
    terms = terms_of(query.strip().removeprefix("#"))
    entries = _entries_holding(terms)

    def order(entry: Entry) -> tuple[bool, float, float]:
        code = Term(str(entry.row.code))
        return terms != [code], -entry.whole.share(terms), -entry.message.share(terms)

    rows = [entry.row for entry in sorted(entries, key=order)]
    return [row for row in rows if api in ("", row.api_slug)]


def _entries_holding(terms: list[Term]) -> list[Entry]:
    every_word = [entry for entry in ENTRIES if entry.whole.share(terms) == 1]
    if every_word:
        return every_word
    return [entry for entry in ENTRIES if entry.whole.share(terms) >= ENOUGH]


# A message without a code


def suggest(text: str) -> list[Meaning]:
    """Return what a message without a code may mean, the likeliest first."""
    said = fold(text[:READ_FOR_SUGGESTIONS])
    groups = groups_in(said)
    scores = {entry.row.anchor: _score(entry, said, groups) for entry in ENTRIES}

    def score(row: ErrorCode) -> float:
        return scores[row.anchor]

    rows = [entry.row for entry in ENTRIES if score(entry.row) > 0]
    best_first = sorted(rows, key=score, reverse=True)
    return meanings(best_first)[:MOST_SUGGESTIONS]


def _score(entry: Entry, said: str, groups: frozenset[int]) -> float:
    """Return 2 if a text holds a row's message, else the share of its words; one is too few."""
    row = entry.row
    for name in (row.message_zh, row.message_en, *row.words):
        if fold(name) in said:
            return 2
    wanted = entry.message.groups
    shared = wanted & groups
    if len(shared) < 2:
        return 0
    share = len(shared) / len(wanted)
    return share if share >= ENOUGH else 0
