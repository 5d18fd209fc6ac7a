"""Words that mean the same, in English and Chinese, so that people find a code in their own words.

`synonyms.json` is a list of groups; a group is known by its place in that list.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

_IGNORED = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from"),
        *("in", "is", "it", "its", "of", "on", "or", "the", "to", "with"),
    ]
)
_IGNORED_ZH = frozenset("的了与和或是在请为被")
_PIECE = re.compile(r"[a-z0-9_./{}-]+|[^\W\d_a-z]+", re.IGNORECASE)
_LATIN_PAIR = re.compile("[a-z0-9]{2}")
_CJK = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a query asks for: a text as typed, or a group of synonyms."""

    text: str
    group: int | None = None


def fold(text: str) -> str:
    """Return the text with narrow digits and punctuation, and without upper case."""
    return unicodedata.normalize("NFKC", text).casefold()


def groups_in(folded: str) -> frozenset[int]:
    words = _SYNONYM.findall(folded)
    return frozenset(_GROUP_OF[word] for word in words)


def begins_word(part: str, folded: str) -> bool:
    """Whether a text has a word that begins so; Chinese has no spaces, so it may be anywhere."""
    at = folded.find(part)
    while at >= 0:
        if not _joins_latin(folded[at - 1 : at] + part[0]):
            return True
        at = folded.find(part, at + 1)
    return False


def _joins_latin(pair: str) -> bool:
    return _LATIN_PAIR.fullmatch(pair) is not None


def terms_of(query: str) -> list[Term]:
    """Split a query into groups of synonyms and, between them, words as typed."""
    folded = fold(query)
    terms: list[Term] = []
    end = 0
    for match in _SYNONYM.finditer(folded):
        terms += _plain_terms(folded[end : match.start()])
        terms.append(Term(match[0], _GROUP_OF[match[1]]))
        end = match.end()
    return terms + _plain_terms(folded[end:])


def _plain_terms(folded: str) -> list[Term]:
    terms = []
    for piece in _PIECE.findall(folded):
        text = piece.strip("-.")
        if not _is_ignored(text):
            terms.append(Term(text))
    return terms


def _is_ignored(text: str) -> bool:
    if text in _IGNORED:
        return True
    return set(text) <= _IGNORED_ZH  # an empty text as well


def _load() -> dict[str, int]:
    path = Path(__file__).with_name("synonyms.json")
    text = path.read_text(encoding="utf-8")
    group_of = {}
    for number, words in enumerate(json.loads(text)):
        for word in words:
            group_of[fold(word)] = number
    return group_of


def _alternatives(words: list[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    escaped = [re.escape(word) for word in longest_first]
    return "|".join(escaped)


def _pattern(words: list[str]) -> re.Pattern[str]:
    """Match Chinese words anywhere; English ones as whole words, with the usual endings."""
    chinese = _alternatives([word for word in words if _CJK.search(word)])
    english = _alternatives([word for word in words if not _CJK.search(word)])
    either = rf"{chinese}|(?<![a-z0-9_])(?:{english})(?=(?:e?s|e?d|ing)?(?![a-z0-9_]))"
    return re.compile(rf"({either})(?:(?<=[a-z])(?:e?s|e?d|ing))?")


_GROUP_OF = _load()
_SYNONYM = _pattern(list(_GROUP_OF))
