"""What happened, in words: the same in the inbox, a message, a feed and the API."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xdportal.alerts.sentences import describe, of_facts, pin_title, when
from xdportal.catalog.models import Event
from xdportal.catalog.words import outcome_text, reason_text
from xdportal.connections.words import documented

MOST_NAMED = 5


def sentence(event: Event) -> str:
    """Return what happened. The event's connection and catalog should be joined."""
    if event.subject is not None:
        return _of_pin_event(event)
    words = {
        "connection": str(event.connection),
        "list": _list_name(event),
    }
    text = EVENT_SENTENCES[Event.Type(event.type)](event, words)
    reason = event.data.get("reason", "")
    parts = [text]
    if reason and event.type in WITH_REASON:
        parts.append(str(reason_text(reason)))
    if event.data.get("outcome"):
        parts.append(_latest_check(event.data))
    return " ".join(parts)


def _latest_check(data: Mapping[str, Any]) -> str:
    """Return what the check came to that led to an event, with the code's page."""
    parts = [f"{_('Latest check:')} {outcome_text(data['outcome'])}"]
    if data.get("code"):
        parts.append(f"{_('code')} {data['code']}")
    if data.get("trace_id"):
        parts.append(f"{_('Trace ID')} {data['trace_id']}")
    row = documented(data.get("code"))
    if row is not None:
        parts.append(f"{settings.SITE_URL}{reverse('error-code', args=[row.code])}")
    return " · ".join(parts)


def place_of(event: Event) -> str:
    """Return `Main · production, images`: where it happened."""
    parts = [str(event.connection)] if event.connection else []
    if event.catalog is not None:
        parts.append(str(event.catalog.get_kind_display()))
    return _(", ").join(parts)


def _list_name(event: Event) -> str:
    if event.catalog is None:
        return str(event.connection)
    names = {"connection": event.connection, "kind": event.catalog.get_kind_display()}
    return _("%(connection)s (%(kind)s)") % names


def _of_pin_event(event: Event) -> str:
    facts = event.data
    words = {
        "pin": pin_title(facts),
        "at": when(facts.get("at")),
        "before": when((facts.get("before") or {}).get("at")),
        "now": describe(facts["kind"], facts.get("now") or facts["was"]),
    }
    if event.type == Event.Type.PIN_RETURNED:
        return _("%(pin)s has been listed again since %(at)s: %(now)s.") % words
    if event.type == Event.Type.PIN_RECOVERED:
        return _("%(pin)s has been fine again since %(at)s: %(now)s.") % words
    return of_facts(facts)


def _changed(event: Event, words: dict[str, str]) -> str:
    data = event.data
    what = counts(data.get("added", 0), data.get("removed", 0), data.get("changed", 0))
    text = _("%(list)s changed: %(what)s.")
    if data.get("snapshot") == 1:
        text = _("%(list)s was read for the first time: %(what)s.")
    return text % {**words, "what": what or _("empty")}


def _held(event: Event, words: dict[str, str]) -> str:
    return _("%(list)s: an unusual answer is waiting for confirmation.") % words


def _released(event: Event, words: dict[str, str]) -> str:
    settled = {
        "accepted": _("%(list)s: the unusual answer was accepted."),
        "confirmed": _("%(list)s: the unusual answer was confirmed automatically."),
        "discarded": _("%(list)s: the unusual answer was discarded."),
        "dropped": _("%(list)s: the unusual answer was not repeated."),
    }
    return settled.get(event.data.get("how", ""), settled["dropped"]) % words


def _failing(event: Event, words: dict[str, str]) -> str:
    return _("%(list)s: checks keep failing.") % words


def _recovered(event: Event, words: dict[str, str]) -> str:
    return _("%(list)s: checks work again.") % words


def _stale(event: Event, words: dict[str, str]) -> str:
    words = {**words, "at": when(event.data.get("trusted_at"))}
    return _("%(list)s is out of date: it was last read at %(at)s.") % words


def _fresh(event: Event, words: dict[str, str]) -> str:
    return _("%(list)s is up to date again.") % words


def _attention(event: Event, words: dict[str, str]) -> str:
    return _("%(connection)s needs attention.") % words


def _works(event: Event, words: dict[str, str]) -> str:
    return _("%(connection)s works again.") % words


def _paused(event: Event, words: dict[str, str]) -> str:
    return _("%(connection)s was paused.") % words


def _expected(event: Event, words: dict[str, str]) -> str:
    """Name what was expected, but not its note: notes are for the team alone."""
    named = [*event.data.get("ids", ()), *event.data.get("systems", ())]
    if not named:
        return _("%(list)s: an expected change did not happen.") % words
    more = ["…"] if len(named) > MOST_NAMED else []
    what = _(", ").join([*named[:MOST_NAMED], *more])
    return _("%(list)s: expected, but did not happen: %(what)s.") % {**words, "what": what}


def counts(added: int, removed: int, changed: int) -> str:
    """Return `2 added, 1 withdrawn`."""
    parts = []
    if added:
        parts.append(ngettext("%(n)d added", "%(n)d added", added) % {"n": added})
    if removed:
        parts.append(ngettext("%(n)d withdrawn", "%(n)d withdrawn", removed) % {"n": removed})
    if changed:
        parts.append(ngettext("%(n)d changed", "%(n)d changed", changed) % {"n": changed})
    return _(", ").join(parts)


WITH_REASON = frozenset(
    {
        *(Event.Type.CATALOG_HELD, Event.Type.CATALOG_FAILING),
        *(Event.Type.CONNECTION_ATTENTION, Event.Type.CONNECTION_PAUSED),
    }
)
EVENT_SENTENCES: dict[Event.Type, Callable[[Event, dict[str, str]], str]] = {
    Event.Type.CATALOG_CHANGED: _changed,
    Event.Type.CATALOG_HELD: _held,
    Event.Type.CATALOG_RELEASED: _released,
    Event.Type.CATALOG_FAILING: _failing,
    Event.Type.CATALOG_RECOVERED: _recovered,
    Event.Type.CATALOG_STALE: _stale,
    Event.Type.CATALOG_FRESH: _fresh,
    Event.Type.CATALOG_EXPECTED: _expected,
    Event.Type.CONNECTION_ATTENTION: _attention,
    Event.Type.CONNECTION_RECOVERED: _works,
    Event.Type.CONNECTION_PAUSED: _paused,
}
