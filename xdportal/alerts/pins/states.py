"""The states that a pin can have, their levels, and their names in words. Pure."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.alerts.channels.message import Level


class State(StrEnum):
    """The gravest first; where several hold at once, a pin has the first of them."""

    UNKNOWN = "unknown"
    NEVER_LISTED = "never_listed"
    WITHDRAWN = "withdrawn"
    MEANING_CHANGED = "meaning_changed"
    REUSED = "reused"
    EXPIRED = "expired"
    AMBIGUOUS = "ambiguous"
    RENAMED = "renamed"
    TOO_DEAR = "too_dear"
    NEWER = "newer"
    OK = "ok"


# A change of the version alone is a warning, unless the pin is exact.
LEVELS: dict[State, Level | None] = {
    State.UNKNOWN: None,
    State.NEVER_LISTED: Level.CRITICAL,
    State.WITHDRAWN: Level.CRITICAL,
    State.MEANING_CHANGED: Level.CRITICAL,
    State.REUSED: Level.CRITICAL,
    State.EXPIRED: Level.CRITICAL,
    State.AMBIGUOUS: Level.WARNING,
    State.RENAMED: Level.WARNING,
    State.TOO_DEAR: Level.WARNING,
    State.NEWER: Level.INFO,
    State.OK: None,
}
LABELS: dict[State, Promise] = {
    State.UNKNOWN: _("Unknown"),
    State.NEVER_LISTED: _("Never listed"),
    State.WITHDRAWN: _("Withdrawn"),
    State.MEANING_CHANGED: _("Other meaning"),
    State.REUSED: _("ID reused"),
    State.EXPIRED: _("Expired"),
    State.AMBIGUOUS: _("Listed twice"),
    State.RENAMED: _("Spelling only"),
    State.TOO_DEAR: _("Over your limit"),
    State.NEWER: _("Newer version"),
    State.OK: _("Fine"),
}
