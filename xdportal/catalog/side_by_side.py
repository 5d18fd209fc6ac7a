"""Two lists of one kind side by side, such as those of production and sandbox. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xdportal.catalog.kinds import CatalogKind
from xdportal.provider.records import Record

Key = tuple[str, ...]


class Pair(NamedTuple):
    left: Record
    right: Record


@dataclass
class SideBySide:
    """What differs between two lists. `same` counts the pairs that are equal in every field."""

    only_left: list[Record] = field(default_factory=list)
    only_right: list[Record] = field(default_factory=list)
    differs: list[Pair] = field(default_factory=list)
    same_id_other_meaning: list[Pair] = field(default_factory=list)
    same: int = 0


def by_id(kind: CatalogKind, left: Iterable[Record], right: Iterable[Record]) -> SideBySide:
    """Match records by their ids. An id that stands for something else is its own group."""
    found = _matched(_grouped(left, _id_of), _grouped(right, _id_of))
    meaning = meaning_key(kind)
    pairs = found.differs
    found.differs = [pair for pair in pairs if meaning(pair.left) == meaning(pair.right)]
    found.same_id_other_meaning = [
        pair for pair in pairs if meaning(pair.left) != meaning(pair.right)
    ]
    return found


def by_meaning(kind: CatalogKind, left: Iterable[Record], right: Iterable[Record]) -> SideBySide:
    """Match records by their meaning, regardless of ids; those with equal ids first.

    An id that both lists have, but for different things, is named beside the rest.
    """
    lefts = sorted(left)
    rights = sorted(right)
    key = meaning_key(kind)
    found = _matched(_grouped(lefts, key), _grouped(rights, key))
    ids = _grouped(rights, _id_of)
    for record in lefts:
        others = ids.get(_id_of(record), [])
        if others and all(key(other) != key(record) for other in others):
            found.same_id_other_meaning.append(Pair(record, others[0]))
    return found


def meaning_key(kind: CatalogKind) -> Callable[[Record], Key]:
    positions = [field.position for field in kind.meaning]
    return lambda record: tuple(record[position] for position in positions)


def _id_of(record: Record) -> Key:
    return (record[0],)


def _grouped(records: Iterable[Record], key: Callable[[Record], Key]) -> Mapping[Key, list[Record]]:
    groups: dict[Key, list[Record]] = defaultdict(list)
    for record in sorted(records):
        groups[key(record)].append(record)
    return groups


def _matched(left: Mapping[Key, list[Record]], right: Mapping[Key, list[Record]]) -> SideBySide:
    found = SideBySide()
    for key in sorted({*left, *right}):
        _match_group(found, left.get(key, []), right.get(key, []))
    return found


def _match_group(found: SideBySide, left: Sequence[Record], right: Sequence[Record]) -> None:
    """Pair the records of one key: equal ones, then those of one id, then the rest in order."""
    equal = set(left) & set(right)
    found.same += len(equal)
    lefts = [record for record in left if record not in equal]
    rights = [record for record in right if record not in equal]
    if not lefts or not rights:
        # What an equal record matches already is nothing that the other side lacks.
        if not equal or {_id_of(one) for one in (*lefts, *rights)} - {_id_of(one) for one in equal}:
            found.only_left += lefts
            found.only_right += rights
        return
    ids = {_id_of(record) for record in lefts} & {_id_of(record) for record in rights}
    lefts.sort(key=lambda record: (_id_of(record) not in ids, record))
    rights.sort(key=lambda record: (_id_of(record) not in ids, record))
    paired = min(len(lefts), len(rights))
    found.differs += [Pair(*both) for both in zip(lefts, rights, strict=False)]
    found.only_left += lefts[paired:]
    found.only_right += rights[paired:]
