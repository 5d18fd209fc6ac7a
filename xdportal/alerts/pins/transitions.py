"""From what was announced of a pin to what it is now: the events that say so. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from xdportal.alerts.models import PinState
from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.states import State
from xdportal.catalog.models import Event

Type = Event.Type
TYPES: dict[State, Event.Type] = {
    State.WITHDRAWN: Type.PIN_WITHDRAWN,
    State.MEANING_CHANGED: Type.PIN_MEANING_CHANGED,
    State.REUSED: Type.PIN_REUSED,
    State.EXPIRED: Type.PIN_EXPIRED,
    State.AMBIGUOUS: Type.PIN_AMBIGUOUS,
    State.RENAMED: Type.PIN_RENAMED,
    State.TOO_DEAR: Type.PIN_TOO_DEAR,
    State.NEWER: Type.PIN_NEWER,
    State.UNKNOWN: Type.PIN_UNKNOWN,
}
FINE = frozenset({State.OK, State.NEWER})
LISTED_AS_PINNED = FINE | {State.AMBIGUOUS, State.RENAMED, State.TOO_DEAR}


class Transition(NamedTuple):
    type: Event.Type
    level: str


def transitions(before: PinState | None, finding: Finding) -> Sequence[Transition]:
    """Return nothing for a pin's first evaluation, and while nothing changes."""
    if before is None or before.mark == finding.mark:
        return ()
    if finding.state is State.UNKNOWN:
        return [_usual(Type.PIN_UNKNOWN)]
    if not before.known_state:
        return ()
    if before.known_mark == finding.mark:
        return _known_again(finding)
    return _changed(State(before.known_state), finding)


def type_of(state: State) -> Event.Type | None:
    """Return the event that announces a state; none for what only a person can lead to."""
    return TYPES.get(state)


def _known_again(finding: Finding) -> Sequence[Transition]:
    """A list can be relied on again, and the pin is what it was: no alarm a second time."""
    type = Type.PIN_RECOVERED if finding.state in FINE else type_of(finding.state)
    return [Transition(type, Event.Level.INFO)] if type else ()


def _changed(former: State, finding: Finding) -> Sequence[Transition]:
    found = []
    if former is State.WITHDRAWN and finding.state in LISTED_AS_PINNED:
        found.append(_usual(Type.PIN_RETURNED))
    elif finding.state in FINE and former not in FINE:
        found.append(_usual(Type.PIN_RECOVERED))
    type = type_of(finding.state)
    if type is not None:
        found.append(Transition(type, finding.level or Event.level_of(type)))
    return found


def _usual(type: Event.Type) -> Transition:
    return Transition(type, Event.level_of(type))
