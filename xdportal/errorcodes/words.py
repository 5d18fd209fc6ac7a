"""The words of each row, prepared once for searching."""

from dataclasses import dataclass

from xdportal.errorcodes.reference import ROWS, ErrorCode
from xdportal.errorcodes.synonyms import Term, begins_word, fold, groups_in


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    groups: frozenset[int]  # of synonyms

    def holds(self, term: Term) -> bool:
        if term.group in self.groups:
            return True
        return begins_word(term.text, self.text)

    def share(self, terms: list[Term]) -> float:
        """Return how many of the terms it holds, from 0 to 1."""
        if not terms:
            return 1
        held = [term for term in terms if self.holds(term)]
        return len(held) / len(terms)


@dataclass(frozen=True, slots=True)
class Entry:
    row: ErrorCode
    message: Words  # its code, its messages, and what people call it
    whole: Words  # its solutions and its call as well


def _words(parts: list[str]) -> Words:
    """Join parts by line breaks, so that no word is found across two of them."""
    text = fold("\n".join(parts))
    return Words(text, groups_in(text))


def _entry(row: ErrorCode) -> Entry:
    message = [str(row.code), row.message_zh, row.message_en, *row.words]
    solution = [row.solution_zh, row.solution_en]
    call = [row.api_zh, row.api_en, row.method, row.path]
    return Entry(row, _words(message), _words(message + solution + call))


ENTRIES = [_entry(row) for row in ROWS]
