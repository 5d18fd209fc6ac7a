"""A connection's state as a shape."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from xdportal.catalog.pages.state import BY_NEED, State, StateName


class Mark(NamedTuple):
    """A connection's state: a shape for each, and words for those who don't see it."""

    icon: str  # empty: a dot
    css: str
    words: Promise


MARKS: dict[StateName, Mark] = {
    StateName.OK: Mark("", "", pgettext_lazy("state", "up to date")),
    StateName.OFF: Mark("off", "muted", pgettext_lazy("state", "switched off")),
    StateName.WAITING: Mark("download", "muted", pgettext_lazy("state", "not read yet")),
    StateName.PAUSED: Mark("pause", "c-chg", pgettext_lazy("state", "paused")),
    StateName.STALE: Mark("clock", "c-chg", pgettext_lazy("state", "out of date")),
    StateName.SUSPECT: Mark("ask", "c-sus", pgettext_lazy("state", "unusual answer, waiting")),
    StateName.ATTENTION: Mark("warn", "c-del", pgettext_lazy("state", "needs attention")),
}
CHECKING = Mark("refresh", "muted", pgettext_lazy("state", "checking"))


def mark_of(states: Sequence[State]) -> tuple[Mark, int]:
    """Return the mark of the list that needs a person most, and how much it does.

    One that was not read yet counts only if none was. Expects those of the lists that are read.
    """
    if not states:
        return MARKS[StateName.OFF], BY_NEED.index(StateName.OFF)
    read = [state for state in states if state.name is not StateName.WAITING]
    worst = min(read or states, key=lambda state: state.need)
    passing = worst.name in (StateName.OK, StateName.WAITING)
    if passing and any(state.checking for state in states):
        return CHECKING, worst.need
    return MARKS[worst.name], worst.need
