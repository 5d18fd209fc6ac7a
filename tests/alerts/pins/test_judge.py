"""A pin's state against an oracle that keeps every full list and reads the table of states."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alerts.oracle import RECORDS, WAS, List, oracle
from xdportal.alerts.pins.judge import Judgement, Peer, Span, Target, judge
from xdportal.provider.kinds import PackageRecord, PersonalRecord

lists = st.frozensets(st.sampled_from(RECORDS), max_size=2)
histories = st.lists(lists, min_size=1, max_size=8)


def spans_of(history: list[List]) -> list[Span]:
    """Return the intervals, as the engine would write them."""
    spans = []
    for record in RECORDS:
        first = None
        for number, listed in enumerate([*history, frozenset()], start=1):
            ends = number > len(history)
            if record in listed and first is None:
                first = number
            elif record not in listed and first is not None:
                spans.append(Span(record, first, None if ends else number))
                first = None
    return spans


def target(pinned: int = 1, **fields: Any) -> Target:
    meaning = {"type": "BL", "name": "Ubuntu Server", "version": "20.04 x64"}
    return Target("images", "1", **{"meaning": meaning, "pinned": pinned, **fields})


@given(histories, st.data())
@settings(max_examples=500, deadline=None)
def test_every_history_at_every_snapshot(history: list[List], data: Any) -> None:
    pinned = data.draw(st.integers(1, len(history)))
    exact = data.draw(st.booleans())
    for number in range(1, len(history) + 1):
        found = judge(target(pinned, exact=exact), spans_of(history), number)
        assert (found.state, found.level) == oracle(history, pinned, number, exact)


@given(histories)
@settings(deadline=None)
def test_since_is_the_first_snapshot_of_an_unbroken_run(history: list[List]) -> None:
    spans = spans_of(history)
    marks = [judge(target(), spans, number).mark for number in range(1, len(history) + 1)]
    for number, mark in enumerate(marks, start=1):
        since = judge(target(), spans, number).since
        first = number
        while first > 1 and marks[first - 2] == mark:
            first -= 1
        assert since == (first if any(history[:number]) else 0)


def test_what_comes_later_changes_no_earlier_answer() -> None:
    history = [frozenset({WAS}), frozenset(), frozenset({RECORDS[3]}), frozenset({WAS})]
    states = [judge(target(), spans_of(history), number).state for number in range(1, 5)]

    for length in range(1, 5):
        early = spans_of(history[:length])
        assert judge(target(), early, length).state == states[length - 1]
    assert states == ["ok", "withdrawn", "reused", "ok"]


def state_of(found: Judgement) -> tuple[str, str | None]:
    return found.state, found.level


def test_an_expired_personal_image() -> None:
    usable = PersonalRecord("p", "9", "Blender", "Windows", "40", "HZ", "1", "1700000000000")
    meaning = {"name": "Blender", "os": "Windows", "data_center": "HZ"}
    own = Target("personal", "p", meaning, 1)
    spans = [Span(usable, 1, 2), Span(usable._replace(status="3"), 2, None)]

    assert state_of(judge(own, spans, 1)) == ("ok", None)
    assert state_of(judge(own, spans, 2)) == ("expired", "critical")


def package(**fields: str) -> PackageRecord:
    values = dict.fromkeys(PackageRecord._fields, "1") | {"id": "g", "price": "1.2", **fields}
    return PackageRecord(**values)


def test_a_price_over_the_limit_and_a_price_that_is_no_meaning() -> None:
    meaning = dict.fromkeys(("type", "gpu", "gpu_count", "cpu", "memory", "disk", "area"), "1")
    spans = [Span(package(), 1, 2), Span(package(price="1.25"), 2, None)]
    limited = Target("packages-payg", "g", meaning, 1, ceiling=Decimal("1.20"))

    assert state_of(judge(limited, spans, 1)) == ("ok", None)
    assert state_of(judge(limited, spans, 2)) == ("too_dear", "warning")
    assert state_of(judge(Target("packages-payg", "g", meaning, 1), spans, 2)) == ("ok", None)


def test_other_hardware() -> None:
    meaning = dict.fromkeys(("type", "gpu", "gpu_count", "cpu", "memory", "disk", "area"), "1")
    spans = [Span(package(), 1, 2), Span(package(memory="64"), 2, None)]
    found = judge(Target("packages-payg", "g", meaning, 1), spans, 2)

    assert (*state_of(found), found.fields) == ("meaning_changed", "critical", ("memory",))


def test_a_newer_version_is_said_if_wanted_and_if_it_began_later() -> None:
    spans = [Span(WAS, 2, None)]
    peers = [Peer("2", "18.04 x64", 1), Peer("3", "22.04 x64", 3), Peer("4", "20.04 x64", 3)]

    assert judge(target(2), spans, 3, peers).state == "ok"
    found = judge(target(2, newer=True), spans, 3, peers)
    assert state_of(found) == ("newer", "info")
    assert ([peer.item_id for peer in found.newer], found.since) == (["3"], 3)
    assert judge(target(2, newer=True), spans, 2, peers).state == "ok"


def test_a_pin_that_was_made_before_the_id_was_listed_means_what_it_first_means() -> None:
    spans = [Span(WAS, 3, 4), Span(RECORDS[6], 4, None)]
    early = target(1, meaning={})

    states = [judge(early, spans, number).state for number in (2, 3, 4)]
    assert states == ["never_listed", "ok", "meaning_changed"]
