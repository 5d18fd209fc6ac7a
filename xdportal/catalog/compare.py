"""What differs between two lists, and whether an answer is plausible. Pure: sets of lines in, decisions out."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from xdportal.provider.kinds import IMAGES, ImageRecord
from xdportal.provider.records import Line, id_of

Kind = Literal["added", "returned", "removed", "changed"]
RISK: dict[Kind, int] = {"changed": 0, "removed": 1, "returned": 2, "added": 2}  # the riskiest first
SMALL = 5  # below so many images only an empty answer is suspect


class Change(NamedTuple):
    """One id's change. Mostly one row a side; more where the provider lists one id with differing contents."""

    kind: Kind
    image_id: str
    before: tuple[ImageRecord, ...]
    after: tuple[ImageRecord, ...]


class Counts(NamedTuple):
    added: int = 0  # returned included
    removed: int = 0
    changed: int = 0


def compare(before: AbstractSet[Line], after: AbstractSet[Line], seen: AbstractSet[str] = frozenset()) -> list[Change]:
    """The changes by id, in order of the ids. `seen`: ids listed at some time before, whose coming is a return."""
    gone, come = _by_id(before - after), _by_id(after - before)
    touched = gone.keys() | come.keys()
    old, new = touched & set(map(id_of, before)), touched & set(map(id_of, after))
    return [
        Change(
            kind_of(listed_before=key in old, listed_after=key in new, seen=key.decode() in seen),
            key.decode(),
            gone.get(key, ()),
            come.get(key, ()),
        )
        for key in sorted(touched)
    ]


def kind_of(*, listed_before: bool, listed_after: bool, seen: bool) -> Kind:
    if listed_before and listed_after:
        return "changed"
    if listed_before:
        return "removed"
    return "returned" if seen else "added"


def count(kinds: Iterable[Kind]) -> Counts:
    counted = Counter(kinds)
    return Counts(counted["added"] + counted["returned"], counted["removed"], counted["changed"])


def gone_ids(before: AbstractSet[Line], after: AbstractSet[Line]) -> set[bytes]:
    """Ids that the list after does not name."""
    ids = {id_of(line) for line in before if line not in after}
    ids.difference_update(map(id_of, after))
    return ids


def merge_incomplete(current: AbstractSet[Line], answer: AbstractSet[Line]) -> AbstractSet[Line]:
    """The list after an answer of which items were ignored: what it does not name may be among those, so it stays."""
    missing = gone_ids(current, answer)
    return answer | {line for line in current if id_of(line) in missing} if missing else answer


def suspicion(current: AbstractSet[Line], answer: AbstractSet[Line], percent: int, *, complete: bool) -> str:
    """Why an answer is too odd to be believed at once (a word of REASONS), or the empty text."""
    if not answer:
        return "empty"
    gone = gone_ids(current, answer)
    stay = {image_id for line in current if (image_id := id_of(line)) not in gone} if gone else gone
    known = len(gone) + len(stay)
    if not gone or known < SMALL:
        return ""
    if not stay:
        return "all_new"
    return "shrunken" if complete and len(gone) * 100 > known * percent else ""


def digest(lines: Iterable[Line]) -> bytes:
    """Equal for equal sets, whatever their order. No line holds a line break."""
    ordered, told = sorted(lines), hashlib.sha256()
    for start in range(0, len(ordered), 1000):
        told.update(b"\n".join(ordered[start : start + 1000]) + b"\n")
    return told.digest()


def all_numeric(lines: Iterable[Line]) -> bool:
    """Whether every id is a plain number, so that lists are ordered as numbers are."""
    ids = map(id_of, lines)
    return all(image_id.isdigit() and (image_id[0] != b"0"[0] or image_id == b"0") for image_id in ids)


def _by_id(lines: AbstractSet[Line]) -> Mapping[bytes, tuple[ImageRecord, ...]]:
    rows: dict[bytes, tuple[ImageRecord, ...]] = {}
    for line in sorted(lines):
        rows[id_of(line)] = (*rows.get(id_of(line), ()), IMAGES.record_of(line))
    return rows
