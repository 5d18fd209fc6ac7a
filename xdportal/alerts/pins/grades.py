"""Which sign a finding has, of those that all pages share."""

from collections.abc import Iterable

from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.states import State
from xdportal.catalog.grades import Grade

GRADES: dict[State, Grade] = {
    State.UNKNOWN: Grade.UNKNOWN,
    State.NEVER_LISTED: Grade.NEVER,
    State.WITHDRAWN: Grade.WITHDRAWN,
    State.MEANING_CHANGED: Grade.HARDWARE,
    State.REUSED: Grade.REUSED,
    State.EXPIRED: Grade.EXPIRED,
    State.AMBIGUOUS: Grade.AMBIGUOUS,
    State.RENAMED: Grade.SPELLING,
    State.TOO_DEAR: Grade.OVER_LIMIT,
    State.NEWER: Grade.NEWER,
    State.OK: Grade.FINE,
}
SYSTEM = frozenset({"name", "os"})


def grade_of(finding: Finding) -> Grade:
    return grade_of_state(finding.state, finding.fields)


def grade_of_state(state: State, fields: tuple[str, ...]) -> Grade:
    """Return the grade; of an id that means something else, by what differs most."""
    if state is not State.MEANING_CHANGED:
        return GRADES[state]
    return grade_of_fields(fields)


def grade_of_fields(fields: Iterable[str]) -> Grade:
    """Return the grade of a meaning that is another one in these fields."""
    differing = set(fields)
    if differing & SYSTEM:
        return Grade.SYSTEM
    if differing == {"version"}:
        return Grade.VERSION
    return Grade.TYPE if "type" in differing else Grade.HARDWARE
