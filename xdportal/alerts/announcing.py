"""Evaluate pins and write what happened to them as events, within a transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xdportal.alerts import silence
from xdportal.alerts.models import Pin, PinState
from xdportal.alerts.pins.actions import announced
from xdportal.alerts.pins.facts import Facts, facts_of, labels_by_pin, moment
from xdportal.alerts.pins.rows import in_parts
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import State
from xdportal.alerts.pins.successors import successors_of
from xdportal.alerts.pins.transitions import Transition, transitions, type_of
from xdportal.catalog.models import Catalog, Event
from xdportal.catalog.pages.state import StateName, is_trusted

KEPT = ["state", "mark", "level", "known_state", "known_mark", "since", "at", "spoken_at"]


@dataclass(slots=True)
class News:
    """What happened to one pin."""

    finding: Finding
    before: PinState | None
    what: Sequence[Transition]

    @property
    def is_change(self) -> bool:
        """Whether the list says something else: not merely whether it can be relied on."""
        if self.finding.state is State.UNKNOWN:
            return self.finding.reason == StateName.SUSPECT
        return self.before is None or self.before.known_mark != self.finding.mark


def announce(catalogs: Iterable[Catalog], at: datetime) -> list[Event]:
    """Write the transitions of all pins of some catalogs; return their events, saved.

    The pins' bookkeeping is locked first: what another process has announced is seen. Of most pins
    only its mark is read: nothing happened to them.
    """
    keys = [catalog.pk for catalog in catalogs]
    pins = list(Pin.objects.select_related("current").filter(catalog__in=keys))
    if not pins:
        return []
    rows = PinState.objects.select_for_update().filter(pin__catalog__in=keys).order_by("pk")
    marks = dict(rows.values_list("pin_id", "mark"))
    findings = evaluate(pins, now=at)
    shown = [finding for finding in findings.values() if not is_old_by_the_clock_alone(finding)]
    moved = [finding for finding in shown if finding.mark != marks.get(finding.pin.pk)]
    news = _news(moved)
    _keep(news, at)
    _forget_acknowledgements(shown)
    return write([one for one in news if one.what], at)


def _news(moved: Sequence[Finding]) -> list[News]:
    """Return what happened to pins whose mark is not the one that was announced last."""
    before: dict[int, PinState] = {}
    for part in in_parts([finding.pin.pk for finding in moved]):
        before |= {row.pin_id: row for row in PinState.objects.filter(pin__in=part)}
    news = []
    for finding in moved:
        row = before.get(finding.pin.pk)
        news.append(News(finding, row, transitions(row, finding)))
    return news


def write(news: Sequence[News], at: datetime) -> list[Event]:
    """Write events of pins; they count as handled, because deliveries follow at once."""
    if not news:
        return []
    broken = [one.finding for one in news if one.finding.is_broken]
    successors = successors_of(broken) if broken else {}
    labels = labels_by_pin(one.finding.pin.pk for one in news)
    changed = {one.finding.pin.pk for one in news if one.is_change}
    silences = silence.of_findings([one.finding for one in news], at, changed)
    events = []
    for one in news:
        key = one.finding.pin.pk
        facts = facts_of(one.finding, labels.get(key, ()), successors.get(key, ()))
        for transition in one.what:
            event = _event(one, transition, facts, at)
            event.silence = silences.get(key, "")
            events.append(event)
    return Event.objects.bulk_create(events)


def to_remind_of(at: datetime) -> list[Pin]:
    """Return the pins whose reminder is due. One query."""
    wanted = Pin.objects.with_target().filter(remind_days__gt=0, announced__isnull=False)
    return [pin for pin in wanted.select_related("announced") if _is_due(pin, at)]


def remind(pins: Sequence[Pin], at: datetime) -> list[Event]:
    """Write the current state again for pins that are broken and not silenced."""
    news = []
    for finding in evaluate(pins, now=at).values():
        type = type_of(finding.state)
        is_silent = finding.is_acknowledged or finding.pin.is_muted(at)
        if finding.is_broken and type is not None and not is_silent:
            what = [Transition(type, Event.Level.CRITICAL)]
            news.append(News(finding, finding.pin.announced, what))
    PinState.objects.filter(pin__in=[pin.pk for pin in pins]).update(spoken_at=at)
    return write(news, at)


def _is_due(pin: Pin, at: datetime) -> bool:
    return (at - pin.announced.spoken_at).days >= (pin.remind_days or 0)


def is_old_by_the_clock_alone(finding: Finding) -> bool:
    """Whether nothing has tried to read the list since it became old.

    After a night without a worker that is every list: it is no news, and about to be checked.
    """
    is_stale = finding.state is State.UNKNOWN and finding.reason == StateName.STALE
    return is_stale and finding.catalog.stale_since is None and finding.snapshot > 0


def overlooked(at: datetime) -> list[Catalog]:
    """Return catalogs that can be relied on while their pins are still announced as unknown.

    Not every recovery is an event: a list that failed once or twice, or was switched off.
    """
    unknown = PinState.objects.filter(state=State.UNKNOWN).values("pin__catalog")
    joined = Catalog.objects.select_related("connection", "latest_snapshot", "quarantined")
    return [catalog for catalog in joined.filter(pk__in=unknown) if is_trusted(catalog, at)]


def _keep(news: Sequence[News], at: datetime) -> None:
    new = []
    changed = []
    for one in news:
        row = announced(one.finding, at)
        if one.before is None:
            new.append(row)
        else:
            changed.append(_moved(one.before, row))
    PinState.objects.bulk_create(new)
    PinState.objects.bulk_update(changed, KEPT, batch_size=100)


def _moved(before: PinState, row: PinState) -> PinState:
    """Return the row with the new state; what was known last stays while it is unknown."""
    row.pk = before.pk
    if row.state == State.UNKNOWN:
        row.known_state = before.known_state
        row.known_mark = before.known_mark
    return row


def _forget_acknowledgements(findings: Iterable[Finding]) -> None:
    """An acknowledged state that is over speaks again when it comes back."""
    over = [
        finding.pin.pk
        for finding in findings
        if finding.pin.acknowledged_mark
        and finding.state is not State.UNKNOWN
        and not finding.is_acknowledged
    ]
    if over:
        Pin.objects.filter(pk__in=over).update(acknowledged_mark="")


def _event(news: News, transition: Transition, facts: Facts, at: datetime) -> Event:
    finding = news.finding
    connection = finding.catalog.connection
    data: dict[str, Any] = dict(facts)
    if news.before is not None:
        data["before"] = {"state": news.before.state, "at": moment(news.before.since)}
        is_known_again = news.before.state == State.UNKNOWN
        if is_known_again and transition.type == Event.Type.PIN_RECOVERED:
            data["at"] = moment(at)  # it has been fine for longer, but no one could know
    return Event(
        type=transition.type,
        level=transition.level,
        at=at,
        team_id=finding.pin.team_id,
        connection=connection,
        catalog=finding.catalog,
        subject=finding.pin.uuid,
        data=data,
        handled_at=at,
    )
