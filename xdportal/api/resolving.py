"""Which listed image a name and a version mean. Pure; documented at /resolve.

Exact texts come first. Then both are spelled alike (`catalog/normalise.py`): NFC, letter case,
spaces, and `x86_64`, `amd64` and `64位` as `x64`. Then the given version may be the first words
of the listed one, so that `20.04` is `20.04 x64`. The first of these rules that finds something
decides. Nothing is ever chosen for being the latest, or for its id.
"""

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from xdportal.catalog.normalise import ARCHITECTURE, normal
from xdportal.provider.kinds import ImageRecord

MOST_NEAREST = 5
Fits = Callable[[ImageRecord], bool]
Rule = Literal["exact", "normalised"]


class Wanted(NamedTuple):
    name: str
    version: str
    type: str = ""  # empty: any


class Match(NamedTuple):
    """What one rule found: nothing, one image, or several."""

    rule: Rule
    records: list[ImageRecord]

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(record.id for record in self.records))


def resolve(wanted: Wanted, listed: Iterable[ImageRecord]) -> Match:
    """Return what the first rule finds that finds something, in the order of the list."""
    of_type = [record for record in listed if wanted.type in ("", record.type)]
    for rule, fitting in RULES:
        fits = fitting(wanted)
        records = [record for record in of_type if fits(record)]
        if records:
            return Match(rule, records)
    return Match("normalised", [])


def nearest(wanted: Wanted, listed: Iterable[ImageRecord]) -> list[ImageRecord]:
    """Return the most similar names, in case of a typing error."""
    texts = {record: f"{record.name} {record.version}".casefold() for record in listed}
    asked = f"{wanted.name} {wanted.version}".casefold()
    likeness = {
        record: difflib.SequenceMatcher(None, asked, text).ratio() for record, text in texts.items()
    }
    ordered = sorted(likeness, key=lambda record: (-likeness[record], record))
    return [record for record in ordered if likeness[record] > 0.5][:MOST_NEAREST]


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that are spelled alike: the same ones, else the most similar."""
    known = list(names)
    same = same_names(name, known)
    if same:
        return same
    by_normal = {normal(one): one for one in known}
    close = difflib.get_close_matches(normal(name), list(by_normal), n=MOST_NEAREST, cutoff=0.5)
    return [by_normal[one] for one in close]


def same_names(name: str, names: Iterable[str]) -> list[str]:
    return [one for one in names if normal(one) == normal(name)]


def _exactly(wanted: Wanted) -> Fits:
    return lambda record: record.version == wanted.version and record.name == wanted.name


def _by_word(wanted: Wanted) -> Fits:
    name, version = normal(wanted.name), normal(wanted.version)
    return lambda record: normal(record.version) == version and normal(record.name) == name


def _by_first_words(wanted: Wanted) -> Fits:
    name, asked = normal(wanted.name), _words(wanted.version)

    def fits(record: ImageRecord) -> bool:
        if not asked or normal(record.name) != name:
            return False
        return _words(record.version)[: len(asked)] == asked

    return fits


def _words(version: str) -> Sequence[str]:
    folded = unicodedata.normalize("NFC", version).casefold()
    return ARCHITECTURE.sub("x64", folded).split()


RULES: tuple[tuple[Rule, Callable[[Wanted], Fits]], ...] = (
    ("exact", _exactly),
    ("normalised", _by_word),
    ("normalised", _by_first_words),
)
