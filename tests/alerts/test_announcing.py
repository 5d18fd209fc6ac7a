"""What is announced of many pins is what comparing each of them would say."""

from datetime import datetime
from types import SimpleNamespace

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.alerts.stage import HOUR, pin
from tests.items import START, give, items
from xdportal.alerts import announcing
from xdportal.alerts.models import Pin, PinState
from xdportal.alerts.pins.state import evaluate
from xdportal.alerts.pins.transitions import transitions
from xdportal.catalog.models import Catalog

IDS = range(1, 8)
Said = set[tuple[str, str, str]]


@pytest.fixture
def pinned(listed: Catalog, cast: SimpleNamespace) -> Catalog:
    for number in IDS:
        pin(listed, str(number), START)
    return listed


def plainly(catalog: Catalog, at: datetime) -> Said:
    """Compare every pin with its row, one by one."""
    said: Said = set()
    for made in Pin.objects.filter(catalog=catalog):
        finding = evaluate([made], now=at)[made.pk]
        before = PinState.objects.filter(pin=made).first()
        said |= {(made.item_id, one.type, one.level) for one in transitions(before, finding)}
    return said


def announced(catalog: Catalog, at: datetime) -> Said:
    ids = dict(Pin.objects.values_list("uuid", "item_id"))
    events = announcing.announce([catalog], at)
    return {(ids[event.subject], event.type, event.level) for event in events if event.subject}


def test_it_says_what_each_pin_alone_would_say(pinned: Catalog) -> None:
    steps: list[set[int]] = [{1, 2}, {2}, set(), {3}, {3}]
    said = []
    for hour, gone in enumerate(steps, start=1):
        at = START + hour * HOUR
        give(pinned, items(set(IDS) - gone), at)
        expected = plainly(pinned, at)
        assert announced(pinned, at) == expected
        said.append({(item_id, type) for item_id, type, _level in expected})

    assert said == [
        {("1", "pin.withdrawn"), ("2", "pin.withdrawn")},
        {("1", "pin.returned")},
        {("2", "pin.returned")},
        {("3", "pin.withdrawn")},
        set(),
    ]


def test_what_is_kept_is_what_was_found(pinned: Catalog) -> None:
    at = START + HOUR
    give(pinned, items(set(IDS) - {1}), at)
    announcing.announce([pinned], at)

    findings = evaluate(Pin.objects.with_target(), now=at)
    kept = {row.pin_id: (row.state, row.mark) for row in PinState.objects.all()}
    assert kept == {key: (found.state, found.mark) for key, found in findings.items()}
    assert PinState.objects.filter(at=at).count() == 1


def test_two_broken_pins_take_as_many_queries_as_one(pinned: Catalog) -> None:
    counts = []
    for hour, gone in enumerate([{1, 2}, {1, 2, 3}], start=1):
        at = START + hour * HOUR
        give(pinned, items(set(IDS) - gone), at)
        with CaptureQueriesContext(database) as captured:
            announcing.announce([pinned], at)
        counts.append(len(captured))

    assert counts[0] == counts[1]
