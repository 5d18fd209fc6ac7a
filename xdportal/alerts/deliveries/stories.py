"""What a message says about events: a line for each thing that they are about.

The text is made when the message is sent, and each state is looked at again then: what is over is
reported as something that came and went.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from xdportal.alerts import records
from xdportal.alerts.announcing import is_old_by_the_clock_alone
from xdportal.alerts.channels.message import Entry, Level
from xdportal.alerts.deliveries.steps import steps
from xdportal.alerts.event_sentences import place_of, sentence
from xdportal.alerts.models import Pin
from xdportal.alerts.pins.facts import Facts, facts_of, labels_by_pin
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import LABELS, State
from xdportal.alerts.pins.successors import successors_of
from xdportal.alerts.pins.transitions import FINE
from xdportal.alerts.sentences import describe, of_facts, pin_title
from xdportal.alerts.silence import muted_catalogs
from xdportal.catalog.models import Event
from xdportal.catalog.replacements import words_of

# Events that are about one thing: the last of a family says how it is now.
FAMILIES: dict[str, str] = {
    Event.Type.CATALOG_STALE: "fresh",
    Event.Type.CATALOG_FRESH: "fresh",
    Event.Type.CATALOG_FAILING: "works",
    Event.Type.CATALOG_RECOVERED: "works",
    Event.Type.CATALOG_HELD: "settled",
    Event.Type.CATALOG_RELEASED: "settled",
    Event.Type.CATALOG_EXPECTED: "expected",
    Event.Type.CONNECTION_ATTENTION: "connection",
    Event.Type.CONNECTION_RECOVERED: "connection",
    Event.Type.CONNECTION_PAUSED: "connection",
}
ENDINGS = (Event.Type.PIN_RETURNED, Event.Type.PIN_RECOVERED)
BACK = pgettext_lazy("pin", "Back")
Key = tuple[int | None, int | None, str]


@dataclass(frozen=True, slots=True)
class Story:
    """One entry of a message, and a title for a message that has no other."""

    entry: Entry
    title: str
    event: Event  # the last of those it is about


def of_pins(events: Sequence[Event], at: datetime, *, as_it_is: bool) -> list[Story]:
    """Return a story a pin; none of pins that are gone, moved or silent.

    `as_it_is` is for what is said late: by the state now. Otherwise each event is said as it
    happened, with what it has come to if that is something else.
    """
    by_pin: dict[UUID, list[Event]] = defaultdict(list)
    for event in events:
        if event.subject is not None:
            by_pin[event.subject].append(event)
    if not by_pin:
        return []
    pins = Pin.objects.with_target().filter(uuid__in=by_pin)
    by_uuid = {pin.uuid: pin for pin in pins}
    in_order = [by_uuid[uuid] for uuid in by_pin if uuid in by_uuid]
    findings = evaluate(in_order, now=at)
    muted = muted_catalogs([finding.catalog.pk for finding in findings.values()], at)
    spoken = [
        finding
        for finding in findings.values()
        if finding.catalog.pk not in muted and not _is_silent(finding, at)
    ]
    told = Tellings(by_pin, spoken, as_it_is=as_it_is)
    return [told.story(finding) for finding in spoken if told.is_about(finding)]


class Tellings:
    """What there is to say about some pins: as it is now, or as it happened."""

    def __init__(
        self, by_pin: dict[UUID, list[Event]], findings: Sequence[Finding], *, as_it_is: bool
    ) -> None:
        self._as_it_is = as_it_is
        self._events = _with_later(by_pin) if as_it_is else by_pin
        broken = [finding for finding in findings if finding.is_broken]
        self._successors = successors_of(broken) if broken else {}
        self._labels = labels_by_pin(finding.pin.pk for finding in findings)

    def is_about(self, finding: Finding) -> bool:
        """Whether the events are about the pin's present revision."""
        last = self._events[finding.pin.uuid][-1]
        return bool(last.data["pin"]["revision"] == finding.revision.number)

    def story(self, finding: Finding) -> Story:
        happened = self._events[finding.pin.uuid]
        is_as_said = is_old_by_the_clock_alone(finding) or _is_as_said(finding, happened[-1])
        if self._as_it_is and not is_as_said:
            return self._present(finding, happened)
        return self._as_it_happened(finding, happened, is_as_said=is_as_said)

    def _as_it_happened(
        self, finding: Finding, happened: Sequence[Event], *, is_as_said: bool
    ) -> Story:
        last = happened[-1]
        is_over = len(happened) > 1 and last.type in ENDINGS
        text = came_and_went(happened) if is_over else sentence(last)
        said = with_advice(text, last.data)
        if not is_as_said:
            by_now = of_facts(facts_of(finding))
            said = _("%(then)s Now: %(now)s") % {"then": said, "now": by_now}
        url = records.absolute(finding.pin.get_absolute_url())
        data = {**records.event(last), "sentence": text}
        return Story(Entry(Level(last.level), said, url, data), _title(last), last)

    def _present(self, finding: Finding, happened: Sequence[Event]) -> Story:
        last = happened[-1]
        key = finding.pin.pk
        facts = facts_of(finding, self._labels.get(key, ()), self._successors.get(key, ()))
        text = came_and_went(happened) if finding.state in FINE else of_facts(facts)
        level = finding.level or Level.INFO
        url = records.absolute(finding.pin.get_absolute_url())
        data = {**records.event(last), **facts, "level": level, "sentence": text}
        entry = Entry(level, with_advice(text, facts), url, data)
        return Story(entry, _title(last), last)


def came_and_went(happened: Sequence[Event]) -> str:
    """Return `base (1): withdrawn 09:30, back 10:10.`"""
    words = {"pin": pin_title(happened[-1].data), "steps": steps(happened)}
    return _("%(pin)s: %(steps)s.") % words


def with_advice(text: str, facts: Facts) -> str:
    """Return a sentence with what else it breaks, and the nearest replacement."""
    parts = [text]
    if facts["state"] in FINE or facts["state"] == State.UNKNOWN:
        return text
    if facts.get("recipes"):
        words = {"recipes": _(", ").join(facts["recipes"])}
        parts.append(_("This breaks the recipe %(recipes)s.") % words)
    for successor in facts.get("successors", [])[:1]:
        words = {
            "id": successor["id"],
            "meaning": describe(facts["kind"], successor),
            "reason": words_of(successor["why"]),
        }
        parts.append(_("Listed now instead: %(id)s, %(meaning)s (%(reason)s).") % words)
    return " ".join(parts)


def of_trouble(events: Sequence[Event], *, as_it_is: bool) -> list[Story]:
    """Return a story for each list or connection that had trouble, or is over it."""
    groups: dict[Key, list[Event]] = defaultdict(list)
    for event in events:
        if event.subject is None and event.type in FAMILIES:
            groups[_key(event)].append(event)
    later = _later_trouble(groups) if as_it_is else {}
    stories = []
    for key, own in groups.items():
        happened = [*own, *(event for event in later.get(key, ()) if event.pk > own[-1].pk)]
        last = happened[-1]
        text = sentence(last)
        is_over = len(happened) > 1 and Level(last.level) is Level.INFO
        if is_over:
            text = _("%(place)s: %(steps)s.") % {"place": place_of(last), "steps": steps(happened)}
        data = {**records.event(last), "sentence": text}
        entry = Entry(Level(last.level), text, records.event_url(last), data)
        title = f"{last.connection}: {last.get_type_display()}"
        stories.append(Story(entry, title, last))
    return stories


def _is_silent(finding: Finding, at: datetime) -> bool:
    return finding.is_acknowledged or finding.pin.is_muted(at)


def _is_as_said(finding: Finding, event: Event) -> bool:
    facts = facts_of(finding)
    said = event.data
    return all(facts[name] == said.get(name) for name in ("state", "id", "now"))


def _title(event: Event) -> str:
    label = LABELS[State(event.data["state"])]
    if event.type == Event.Type.PIN_RETURNED:
        label = BACK
    return f"{pin_title(event.data)}: {label}"


def _with_later(by_pin: dict[UUID, list[Event]]) -> dict[UUID, list[Event]]:
    """Return each pin's events with what was written of it since. One query."""
    oldest = min(events[0].pk for events in by_pin.values())
    newer = Event.objects.filter(subject__in=by_pin, pk__gt=oldest).order_by("pk")
    found = {subject: list(events) for subject, events in by_pin.items()}
    for event in newer.select_related("connection", "catalog"):
        events = found[event.subject] if event.subject else []
        if events and event.pk > events[-1].pk:
            events.append(event)
    return found


def _later_trouble(groups: Iterable[Key]) -> dict[Key, list[Event]]:
    """Return what was written of the same things, whether a rule wants it or not. One query."""
    connections = {key[0] for key in groups}
    if not connections:
        return {}
    found: dict[Key, list[Event]] = defaultdict(list)
    rows = Event.objects.filter(connection__in=connections, type__in=FAMILIES).order_by("-pk")
    for event in reversed(rows.select_related("connection", "catalog")[:1000]):
        found[_key(event)].append(event)
    return found


def _key(event: Event) -> Key:
    return event.connection_id, event.catalog_id, FAMILIES[event.type]
