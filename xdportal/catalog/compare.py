"""What differs between two lists, and whether an answer can be believed. Pure: lines in,
verdicts out.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from xdportal.provider.kinds import Kind
from xdportal.provider.records import Line, Record, RecordList, id_of

SMALL = 5  # below so many ids only an empty answer is suspect
CONFIRMING = 3  # equal suspect answers in a row that confirm each other


class ChangeKind(StrEnum):
    ADDED = "added"
    RETURNED = "returned"
    REMOVED = "removed"
    CHANGED = "changed"


RISK = {
    ChangeKind.CHANGED: 0,
    ChangeKind.REMOVED: 1,
    ChangeKind.RETURNED: 2,
    ChangeKind.ADDED: 2,
}  # the riskiest first


class Change(NamedTuple):
    """One id's change. Mostly one record a side; more where one id is listed with different
    contents.
    """

    kind: ChangeKind
    item_id: str
    before: tuple[Record, ...]
    after: tuple[Record, ...]


class Counts(NamedTuple):
    added: int = 0  # returned ones included
    removed: int = 0
    changed: int = 0


def compare(
    kind: Kind[Any],
    before: AbstractSet[Line],
    after: AbstractSet[Line],
    seen: AbstractSet[str] = frozenset(),
) -> list[Change]:
    """Return the changes by id, in order of the ids.

    `seen` holds ids that were listed at some time before: if they appear, they return.
    """
    gone = _by_id(kind, before - after)
    new = _by_id(kind, after - before)
    touched = gone.keys() | new.keys()
    ids_before = touched & {id_of(line) for line in before}
    ids_after = touched & {id_of(line) for line in after}
    changes = []
    for key in sorted(touched):
        item_id = key.decode()
        what = change_kind(
            listed_before=key in ids_before,
            listed_after=key in ids_after,
            seen=item_id in seen,
        )
        changes.append(Change(what, item_id, gone.get(key, ()), new.get(key, ())))
    return changes


def change_kind(*, listed_before: bool, listed_after: bool, seen: bool) -> ChangeKind:
    if listed_before and listed_after:
        return ChangeKind.CHANGED
    if listed_before:
        return ChangeKind.REMOVED
    return ChangeKind.RETURNED if seen else ChangeKind.ADDED


def count(kinds: Iterable[ChangeKind]) -> Counts:
    counted = Counter(kinds)
    return Counts(
        added=counted[ChangeKind.ADDED] + counted[ChangeKind.RETURNED],
        removed=counted[ChangeKind.REMOVED],
        changed=counted[ChangeKind.CHANGED],
    )


def digest(lines: Iterable[Line]) -> bytes:
    """Return the same for equal sets, in any order. No line holds a line break."""
    ordered = sorted(lines)
    hashed = hashlib.sha256()
    for start in range(0, len(ordered), 1000):
        hashed.update(b"\n".join(ordered[start : start + 1000]) + b"\n")
    return hashed.digest()


def all_numeric(lines: Iterable[Line]) -> bool:
    """Return whether every id is a plain number, so that the list is ordered by number."""
    return all(_is_plain_number(id_of(line)) for line in lines)


def _is_plain_number(item_id: bytes) -> bool:
    return item_id.isdigit() and (item_id == b"0" or not item_id.startswith(b"0"))


def _by_id(kind: Kind[Any], lines: AbstractSet[Line]) -> Mapping[bytes, tuple[Record, ...]]:
    records: dict[bytes, tuple[Record, ...]] = {}
    for line in sorted(lines):
        item_id = id_of(line)
        records[item_id] = (*records.get(item_id, ()), kind.record_of(line))
    return records


# Verdicts on an answer


class CurrentList(Protocol):
    """The list that the catalog holds now."""

    @property
    def digest(self) -> bytes | None:
        """None before the first list."""

    @property
    def lines(self) -> AbstractSet[Line]:
        """May cost a query, so it is read only where the digests differ."""


class Quarantined(NamedTuple):
    """The suspect answer that is waiting."""

    digest: bytes
    times: int
    first_seen_at: datetime


class Rules(NamedTuple):
    percent: int  # so many of the ids gone make an answer suspect
    confirm_after: timedelta  # how long equal suspect answers must repeat
    may_be_empty: bool = False  # whether an empty first list is plausible


class Unchanged(NamedTuple):
    pass


class Changed(NamedTuple):
    before: AbstractSet[Line]
    after: AbstractSet[Line]
    digest: bytes


class Suspect(NamedTuple):
    """`change` is what would be recorded if the answer were believed."""

    change: Changed
    reason: str


class Confirmed(NamedTuple):
    """A suspect answer that repeated itself for long enough."""

    change: Changed
    first_seen_at: datetime


Verdict = Unchanged | Changed | Suspect | Confirmed


def judge(
    current: CurrentList,
    answer: RecordList,
    quarantined: Quarantined | None,
    rules: Rules,
    at: datetime,
) -> Verdict:
    """Decide what a usable answer means for the list."""
    target = answer.lines
    if answer.ignored_count:
        target = merge_incomplete(current.lines, target)
    target_digest = digest(target)
    if target_digest == current.digest:
        return Unchanged()
    change = Changed(current.lines, target, target_digest)
    reason = suspicion(current.lines, answer, rules)
    if not reason:
        return change
    if quarantined is not None and _confirms(quarantined, target_digest, rules, at):
        return Confirmed(change, quarantined.first_seen_at)
    return Suspect(change, reason)


def merge_incomplete(current: AbstractSet[Line], answer: AbstractSet[Line]) -> AbstractSet[Line]:
    """Return the list after an answer with ignored items.

    An id missing from the answer may be one of those, so what was listed under it stays.
    """
    missing = gone_ids(current, answer)
    if not missing:
        return answer
    kept = {line for line in current if id_of(line) in missing}
    return answer | kept


def suspicion(current: AbstractSet[Line], answer: RecordList, rules: Rules) -> str:
    """Return why an answer is too odd to be accepted at once; otherwise an empty text."""
    if not answer.lines:
        return "" if rules.may_be_empty and not current else "empty"
    gone = gone_ids(current, answer.lines)
    if not gone:
        return ""
    # Only those that stayed: all ids would be a second copy of a whole list's.
    stayed = {item_id for line in current if (item_id := id_of(line)) not in gone}
    known = len(gone) + len(stayed)
    if known < SMALL:
        return ""
    if not stayed:
        return "all_new"
    is_complete = not answer.ignored_count
    shrunken = is_complete and len(gone) * 100 > known * rules.percent
    return "shrunken" if shrunken else ""


def gone_ids(before: AbstractSet[Line], after: AbstractSet[Line]) -> set[bytes]:
    """Return the ids that the later list does not name.

    Line by line: a difference of the sets would be a second copy of a list that was exchanged.
    """
    ids = {id_of(line) for line in before if line not in after}
    ids.difference_update(id_of(line) for line in after if line not in before)
    if ids:  # an id may still be listed by another of its lines
        ids.difference_update(map(id_of, after))
    return ids


def _confirms(quarantined: Quarantined, answer: bytes, rules: Rules, at: datetime) -> bool:
    if quarantined.digest != answer:
        return False
    lasted = at - quarantined.first_seen_at
    return quarantined.times + 1 >= CONFIRMING and lasted >= rules.confirm_after
