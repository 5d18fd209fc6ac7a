"""The state of one pin, from the intervals in which its id was listed. Pure.

A list is known by its snapshot's number, so the same answer comes for any moment, for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from xdportal.alerts.channels.message import Level
from xdportal.alerts.pins.meaning import Differences, differences, meaning_of, value
from xdportal.alerts.pins.states import LEVELS, State
from xdportal.catalog.kinds import KINDS
from xdportal.catalog.replacements import Meaning
from xdportal.provider.records import Record

EXPIRED = "3"  # status of a personal image
SAME, SPELLED, OTHER_VERSION, OTHER = range(4)


class Span(NamedTuple):
    """A record as listed from snapshot `first` until before snapshot `ended` (None: still)."""

    record: Record
    first: int
    ended: int | None

    def holds(self, number: int) -> bool:
        return self.first <= number and (self.ended is None or self.ended > number)


@dataclass(frozen=True, slots=True)
class Target:
    """What a pin's revision points to. `pinned` is the number of the snapshot it was made at."""

    kind: str
    item_id: str
    meaning: Meaning
    pinned: int
    exact: bool = False
    ceiling: Decimal | None = None
    newer: bool = False


class Peer(NamedTuple):
    """Another item of the same type and system that is listed."""

    item_id: str
    version: str
    first: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """The state at one snapshot. `now` is what is listed, or was last; empty: never listed."""

    state: State
    level: Level | None
    was: Meaning = field(default_factory=dict)
    now: Meaning = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    price: str = ""
    newer: tuple[Peer, ...] = ()
    since: int = 0  # the snapshot from which it has been so; 0: from the beginning

    @property
    def mark(self) -> tuple[object, ...]:
        """What is equal as long as nothing changes."""
        return self.state, sorted(self.now.items()), self.newer


class _Listed(NamedTuple):
    """One of the records that are listed under the id, beside the pin's meaning."""

    severity: int
    record: Record
    now: Meaning
    differing: Differences


def judge(
    target: Target, spans: Sequence[Span], number: int, peers: Sequence[Peer] = ()
) -> Judgement:
    """Return the state at a snapshot, and the snapshot from which it has been the same."""
    present = _Case(target, spans, number, peers).judged()
    if present.state is State.NEVER_LISTED:
        return present
    since = number
    for turn in reversed(_turns(spans, number, peers if target.newer else ())):
        earlier = _Case(target, spans, turn, peers).judged()
        if earlier.mark != present.mark:
            break
        since = turn
    return replace(present, since=since)


def _turns(spans: Sequence[Span], number: int, peers: Sequence[Peer]) -> list[int]:
    """Return the snapshots up to this one with which the id's listings began or ended."""
    turns = {span.first for span in spans}
    turns.update(span.ended for span in spans if span.ended is not None)
    turns.update(peer.first for peer in peers)
    return sorted(turn for turn in turns if turn <= number)


def _judgement(
    state: State, was: Meaning, now: Meaning | None = None, fields: tuple[str, ...] = ()
) -> Judgement:
    return Judgement(state, LEVELS[state], was, now or {}, fields)


@dataclass(frozen=True, slots=True)
class _Case:
    """A pin at one snapshot."""

    target: Target
    spans: Sequence[Span]
    number: int
    peers: Sequence[Peer]

    def judged(self) -> Judgement:
        seen = [span for span in self.spans if span.first <= self.number]
        if not seen:
            return _judgement(State.NEVER_LISTED, self.target.meaning)
        meaning = self.target.meaning or self._meaning_of(min(seen, key=_by_beginning))
        listed = [span.record for span in seen if span.holds(self.number)]
        if not listed:
            last = max(seen, key=lambda span: (span.ended or 0, span.record))
            return _judgement(State.WITHDRAWN, meaning, self._meaning_of(last))
        compared = [self._compared(meaning, record) for record in listed]
        best = min(compared, key=lambda one: (one.severity, one.record))
        if best.severity >= OTHER_VERSION:
            return self._changed(meaning, best)
        return self._as_pinned(meaning, best, len(listed))

    def _changed(self, meaning: Meaning, best: _Listed) -> Judgement:
        fields = best.differing.real
        if self._was_absent():
            return _judgement(State.REUSED, meaning, best.now, fields)
        found = _judgement(State.MEANING_CHANGED, meaning, best.now, fields)
        is_mild = best.severity == OTHER_VERSION and not self.target.exact
        return replace(found, level=Level.WARNING) if is_mild else found

    def _as_pinned(self, meaning: Meaning, best: _Listed, count: int) -> Judgement:
        kind = KINDS[self.target.kind]
        if value(kind, best.record, "status") == EXPIRED:
            return _judgement(State.EXPIRED, meaning, best.now)
        if count > 1:
            return _judgement(State.AMBIGUOUS, meaning, best.now)
        if best.severity == SPELLED:
            return _judgement(State.RENAMED, meaning, best.now, best.differing.spelled)
        price = value(kind, best.record, "price")
        if _is_too_dear(price, self.target.ceiling):
            found = _judgement(State.TOO_DEAR, meaning, best.now, ("price",))
            return replace(found, price=price)
        newer = self._newer(meaning)
        if newer:
            return replace(_judgement(State.NEWER, meaning, best.now), newer=newer)
        return _judgement(State.OK, meaning, best.now)

    def _meaning_of(self, span: Span) -> Meaning:
        return meaning_of(self.target.kind, span.record)

    def _compared(self, meaning: Meaning, record: Record) -> _Listed:
        now = meaning_of(self.target.kind, record)
        differing = differences(meaning, now)
        return _Listed(_severity(differing), record, now, differing)

    def _was_absent(self) -> bool:
        """Whether the id, once listed, was missing in a list between the pinning and this one."""
        begun = max(self.target.pinned, min(span.first for span in self.spans))
        moments = {span.ended for span in self.spans if span.ended is not None}
        moments.add(self.target.pinned)
        between = [moment for moment in moments if begun <= moment < self.number]
        return any(self._is_absent(moment) for moment in between)

    def _is_absent(self, moment: int) -> bool:
        return not any(span.holds(moment) for span in self.spans)

    def _newer(self, meaning: Meaning) -> tuple[Peer, ...]:
        """Return those with another version that began later than the pinned one."""
        if not self.target.newer:
            return ()
        own = [span for span in self.spans if not differences(meaning, self._meaning_of(span)).real]
        began = min(span.first for span in own)
        later = [
            peer
            for peer in self.peers
            if began < peer.first <= self.number and peer.version != meaning.get("version")
        ]
        return tuple(sorted(later, key=lambda peer: (-peer.first, peer.item_id)))


def _by_beginning(span: Span) -> tuple[int, Record]:
    return span.first, span.record


def _severity(differing: Differences) -> int:
    if not differing.spelled:
        return SAME
    if not differing.real:
        return SPELLED
    return OTHER_VERSION if differing.real == ("version",) else OTHER


def _is_too_dear(price: str, ceiling: Decimal | None) -> bool:
    if ceiling is None:
        return False
    try:
        return Decimal(price) > ceiling
    except InvalidOperation:
        return False
