"""What came and went, in a few words with their times."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from xdportal.alerts.sentences import when
from xdportal.catalog.models import Event


def steps(events: Sequence[Event]) -> str:
    """Return `withdrawn 09:30, back 10:10`."""
    words = _words()
    parts = []
    for event in events:
        at = event.data.get("at") or event.at
        text = words.get(event.type)
        if text:
            parts.append(text % {"at": when(at)})
    return _(", ").join(parts)


def _words() -> dict[str, str]:
    type = Event.Type
    return {
        type.PIN_WITHDRAWN: _("withdrawn %(at)s"),
        type.PIN_MEANING_CHANGED: _("other meaning %(at)s"),
        type.PIN_REUSED: _("back with another meaning %(at)s"),
        type.PIN_EXPIRED: _("expired %(at)s"),
        type.PIN_AMBIGUOUS: _("listed twice %(at)s"),
        type.PIN_RENAMED: _("spelled differently %(at)s"),
        type.PIN_TOO_DEAR: _("over your limit %(at)s"),
        type.PIN_NEWER: _("newer version %(at)s"),
        type.PIN_UNKNOWN: _("unknown %(at)s"),
        type.PIN_RETURNED: _("back %(at)s"),
        type.PIN_RECOVERED: _("fine again %(at)s"),
        type.CATALOG_STALE: _("out of date %(at)s"),
        type.CATALOG_FRESH: _("up to date again %(at)s"),
        type.CATALOG_FAILING: _("checks failed %(at)s"),
        type.CATALOG_RECOVERED: _("checks worked again %(at)s"),
        type.CATALOG_HELD: _("unusual answer %(at)s"),
        type.CATALOG_RELEASED: _("settled %(at)s"),
        type.CONNECTION_ATTENTION: _("needed attention %(at)s"),
        type.CONNECTION_RECOVERED: _("worked again %(at)s"),
        type.CONNECTION_PAUSED: _("paused %(at)s"),
    }
