"""What differs between two lists, and whether an answer is plausible. Pure: sets of rows in, decisions out."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from xdportal.provider.decode import Image

Kind = Literal["added", "returned", "removed", "changed"]
SMALL = 5  # below so many images only an empty answer is suspect


class Change(NamedTuple):
    """One id's change. Mostly one row a side; more where the provider lists one id with differing contents."""

    kind: Kind
    image_id: str
    before: tuple[Image, ...]
    after: tuple[Image, ...]


class Counts(NamedTuple):
    added: int = 0  # returned included
    removed: int = 0
    changed: int = 0


def compare(
    before: AbstractSet[Image], after: AbstractSet[Image], seen: AbstractSet[str] = frozenset()
) -> list[Change]:
    """The changes by id, in order of the ids. `seen`: ids listed at some time before, whose coming is a return."""
    gone, come = _by_id(before - after), _by_id(after - before)
    touched = gone.keys() | come.keys()
    old = {image.image_id for image in before if image.image_id in touched}
    new = {image.image_id for image in after if image.image_id in touched}
    return [
        Change(
            kind_of(listed_before=image_id in old, listed_after=image_id in new, seen=image_id in seen),
            image_id,
            gone.get(image_id, ()),
            come.get(image_id, ()),
        )
        for image_id in sorted(touched)
    ]


def kind_of(*, listed_before: bool, listed_after: bool, seen: bool) -> Kind:
    if listed_before and listed_after:
        return "changed"
    if listed_before:
        return "removed"
    return "returned" if seen else "added"


def count(changes: Iterable[Change]) -> Counts:
    kinds = Counter(change.kind for change in changes)
    return Counts(kinds["added"] + kinds["returned"], kinds["removed"], kinds["changed"])


def merge_incomplete(current: AbstractSet[Image], answer: AbstractSet[Image]) -> frozenset[Image]:
    """The list after an answer of which items were ignored: what it does not name may be among those, so it stays."""
    named = {image.image_id for image in answer}
    return frozenset(answer) | {image for image in current if image.image_id not in named}


def suspicion(current: AbstractSet[Image], answer: AbstractSet[Image], percent: int, *, complete: bool) -> str:
    """Why an answer is too odd to be believed at once (a word of REASONS), or the empty text."""
    if not answer:
        return "empty"
    ids, new_ids = {image.image_id for image in current}, {image.image_id for image in answer}
    if len(ids) < SMALL:
        return ""
    if not ids & new_ids:
        return "all_new"
    if complete and len(ids - new_ids) * 100 > len(ids) * percent:
        return "shrunken"
    return ""


def digest(images: Iterable[Image]) -> bytes:
    """Equal for equal sets, whatever their order. No field holds a tab or a line break."""
    return hashlib.sha256("\n".join(sorted(map("\t".join, images))).encode()).digest()


def all_numeric(images: Iterable[Image]) -> bool:
    """Whether every id is a plain number, so that lists are ordered as numbers are."""
    ids = [image.image_id for image in images]
    together = "".join(ids)
    plain = not together or (together.isascii() and together.isdigit())
    return plain and not any(image_id[0] == "0" and image_id != "0" for image_id in ids)


def _by_id(images: AbstractSet[Image]) -> Mapping[str, tuple[Image, ...]]:
    rows: dict[str, tuple[Image, ...]] = {}
    for image in sorted(images):
        rows[image.image_id] = (*rows.get(image.image_id, ()), image)
    return rows
