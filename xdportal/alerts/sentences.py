"""The state of a pin in words: the one place for messages, inbox, pages, feeds and the API.

A sentence is made from plain facts, in the active language and time zone.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from xdportal.alerts.pins.states import State
from xdportal.catalog import sentences
from xdportal.catalog.kinds import KINDS
from xdportal.catalog.pages.state import StateName
from xdportal.lib import dates

Facts = Mapping[str, Any]
_today: ContextVar[date | None] = ContextVar("today", default=None)


def of_facts(facts: Facts) -> str:
    """Return a pin's state in words."""
    words = {
        "pin": pin_title(facts),
        "was": describe(facts["kind"], facts["was"]),
        "now": describe(facts["kind"], facts.get("now") or {}),
        "at": when(facts.get("at")),
    }
    return PIN_SENTENCES[State(facts["state"])](facts, words)


def pin_title(facts: Facts) -> str:
    """Return `maya-base (4034)`, or the id alone where it is the name, too."""
    name = facts["pin"]["name"]
    item_id = facts["id"]
    if name == item_id:
        return str(item_id)
    return _("%(name)s (%(id)s)") % {"name": name, "id": item_id}


def describe(kind: str, meaning: Mapping[str, str]) -> str:
    """Return `Rocky Linux 9.3 x64 (ceph)`, or the hardware of a package."""
    if not any(meaning.values()):
        return "—"
    spec = KINDS[kind]
    if "gpu" in meaning:
        return _hardware(kind, meaning)
    title = " ".join(meaning[name] for name in spec.title if meaning.get(name))
    aside = " ".join(meaning[name] for name in spec.aside if meaning.get(name))
    return f"{title} ({aside})" if aside else title


@contextmanager
def told_on(day: date) -> Iterator[None]:
    """Make sentences as they are told on some day: a feed's entry stays what it was."""
    token = _today.set(day)
    try:
        yield
    finally:
        _today.reset(token)


def when(moment: str | datetime | None) -> str:
    """Return `05:35` for today, else the date, too."""
    if moment is None:
        return "—"
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    local = timezone.localtime(at)
    if local.date() == (_today.get() or timezone.localdate()):
        return f"{local:%H:%M}"
    return dates.minute(at)


def _hardware(kind: str, meaning: Mapping[str, str]) -> str:
    parts = [meaning["type"]] if meaning.get("type") else []
    if meaning.get("gpu"):
        parts.append(f"{meaning.get('gpu_count') or 1} × {meaning['gpu']}")
    for name in ("cpu", "memory", "disk", "area"):
        if meaning.get(name):
            field = KINDS[kind].by_name[name]
            parts.append(f"{field.label} {sentences.value(field, meaning[name])}")
    return ", ".join(parts)


def _withdrawn(facts: Facts, words: dict[str, str]) -> str:
    return _("%(pin)s has not been listed since %(at)s. It was %(was)s.") % words


def _meaning_changed(facts: Facts, words: dict[str, str]) -> str:
    fields = set(facts["fields"])
    if "name" in fields or "os" in fields:
        text = _("%(pin)s has meant another system since %(at)s: %(was)s became %(now)s.")
    elif fields == {"version"}:
        text = _("%(pin)s has been another version since %(at)s: %(was)s became %(now)s.")
    elif fields == {"type"} or fields == {"type", "version"}:
        text = _("%(pin)s has had another type since %(at)s: %(was)s became %(now)s.")
    else:
        text = _("%(pin)s has had other hardware since %(at)s: %(was)s became %(now)s.")
    return " ".join([text % words, *_warning_of_7005(facts)])


def _warning_of_7005(facts: Facts) -> list[str]:
    """Say what a change of the type breaks: image and package must have the same one."""
    if "type" not in facts["fields"]:
        return []
    if facts["kind"] == "images":
        text = _("It will answer 7005 with packages of type %(type)s.")
    else:
        text = _("It will answer 7005 with images of type %(type)s.")
    return [text % {"type": facts["was"].get("type", "")}]


def _reused(facts: Facts, words: dict[str, str]) -> str:
    text = _(
        "%(pin)s was withdrawn, and came back with another meaning at %(at)s: %(was)s became "
        "%(now)s."
    )
    return " ".join([text % words, *_warning_of_7005(facts)])


def _expired(facts: Facts, words: dict[str, str]) -> str:
    return _("%(pin)s expired: it has not been usable since %(at)s.") % words


def _ambiguous(facts: Facts, words: dict[str, str]) -> str:
    return (
        _("%(pin)s has been listed more than once, with different contents, since %(at)s.") % words
    )


def _renamed(facts: Facts, words: dict[str, str]) -> str:
    return _("%(pin)s has only been spelled differently since %(at)s: %(was)s → %(now)s.") % words


def _too_dear(facts: Facts, words: dict[str, str]) -> str:
    prices = {"price": facts.get("price"), "ceiling": facts.get("ceiling")}
    return _("%(pin)s costs %(price)s; your limit is %(ceiling)s.") % {**words, **prices}


def _newer(facts: Facts, words: dict[str, str]) -> str:
    newest = (facts.get("newer") or [{"id": "", "version": ""}])[0]
    text = _("A newer version of %(pin)s is listed: %(id)s, %(version)s.")
    return text % {**words, **newest}


def _never_listed(facts: Facts, words: dict[str, str]) -> str:
    words = {**words, "connection": facts["connection"]["name"]}
    elsewhere = facts.get("elsewhere")
    if elsewhere:
        text = _("%(connection)s has never listed %(pin)s; %(elsewhere)s lists it.")
        return text % {**words, "elsewhere": elsewhere["name"]}
    return _("%(connection)s has never listed %(pin)s.") % words


def _ok(facts: Facts, words: dict[str, str]) -> str:
    return _("%(pin)s means what it meant when it was pinned: %(was)s.") % words


def _unknown(facts: Facts, words: dict[str, str]) -> str:
    words = {**words, "reason": unknown_reason(facts.get("reason", ""))}
    return _("The state of %(pin)s is unknown: %(reason)s.") % words


def unknown_reason(name: str) -> str:
    """Return why a list can't be relied on, as part of a sentence."""
    reasons = {
        StateName.ATTENTION: _("its list can't be read"),
        StateName.SUSPECT: _("an unusual answer is waiting for confirmation"),
        StateName.STALE: _("its list is out of date"),
        StateName.PAUSED: _("its connection is paused"),
        StateName.OFF: _("its list is switched off"),
        StateName.WAITING: _("its list has not been read yet"),
    }
    return reasons.get(StateName(name) if name else StateName.STALE, "")


PIN_SENTENCES: dict[State, Callable[[Facts, dict[str, str]], str]] = {
    State.UNKNOWN: _unknown,
    State.NEVER_LISTED: _never_listed,
    State.WITHDRAWN: _withdrawn,
    State.MEANING_CHANGED: _meaning_changed,
    State.REUSED: _reused,
    State.EXPIRED: _expired,
    State.AMBIGUOUS: _ambiguous,
    State.RENAMED: _renamed,
    State.TOO_DEAR: _too_dear,
    State.NEWER: _newer,
    State.OK: _ok,
}
