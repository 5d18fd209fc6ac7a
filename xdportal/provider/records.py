"""A list as the portal keeps it: a set of lines, and what was wrong with the rest."""

from collections.abc import Mapping, Set
from typing import NamedTuple

from xdportal.provider.errors import BadData, Details

MAX_ITEMS = 200_000
MAX_IGNORED_PERCENT = 30
NAMED_IGNORED = 10

Record = tuple[str, ...]  # a NamedTuple of texts, the id first: see kinds.py
Line = bytes  # a record's texts in UTF-8 with tabs between: a quarter of the memory of the tuple


def id_of(line: Line) -> bytes:
    return line[: line.index(b"\t")]


class Ignored(NamedTuple):
    """An unusable item: its place in the list, the provider's name of the field, and the reason."""

    place: int
    field: str
    reason: str  # a word of IGNORED in catalog/words.py


class RecordList(NamedTuple):
    lines: Set[Line]
    ignored_count: int
    ignored: tuple[Ignored, ...]  # the first ten
    duplicates: int  # items that repeat another one exactly
    conflicts: int  # ids listed with differing contents

    @property
    def has_warnings(self) -> bool:
        return bool(self.ignored_count or self.duplicates or self.conflicts)


class UnusableItems(BadData):
    """No item is usable, or too few are. `listed` says which were ignored, and has no lines."""

    def __init__(self, details: Details, listed: RecordList) -> None:
        super().__init__("unusable_items", details)
        self.listed = listed
        self.shape: Mapping[str, Mapping[str, str]] = {}  # what the items look like
