"""Deliveries tell the truth: tried again, given up, merged, paused, switched off, never too
fast.
"""

import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from standardwebhooks import Webhook

from tests.alerts.stage import HOUR, Outside, pin
from tests.items import START, give, items
from xdportal.alerts import actions, tasks
from xdportal.alerts.actions import Address, RuleWish
from xdportal.alerts.deliveries import outbox, retention, sending
from xdportal.alerts.models import Attempt, Channel, Delivery, RateBucket, Rule
from xdportal.alerts.pins.actions import Actor
from xdportal.catalog.models import Catalog, Event
from xdportal.connections.shares import share_of
from xdportal.simulator.robots import Answer, Robot

MINUTE = timedelta(minutes=1)
BUSY = Answer(503, b"later")
# What each vendor takes in a minute.
RATES = {"dingtalk": 20, "wecom": 20, "feishu": 100, "slack": 60, "teams": 240}


@pytest.fixture
def team(cast: SimpleNamespace, outside: Outside) -> Channel:
    return outside.channel(cast.team, cast.max)


@pytest.fixture
def broken(listed: Catalog, team: Channel, outside: Outside) -> Catalog:
    """Return a list that has lost a pinned image; its message is due a minute after one hour."""
    pin(listed, "1", START, "base")
    give(listed, items(range(2, 8)), START + HOUR)
    outside.work(START + HOUR)
    return listed


DUE = START + HOUR + MINUTE


def ids(outside: Outside) -> list[str]:
    return [arrival.call.header("webhook-id") for arrival in outside.receiver.arrivals]


def test_tried_again_with_the_same_id_until_it_is_taken(
    broken: Catalog, outside: Outside, settings: Any
) -> None:
    settings.NOTIFY_RETRY_SECONDS = (5, 300)
    outside.receiver.plan("webhook", BUSY, 2)
    (first,) = outside.work(DUE)
    assert (first["state"], first["status"], first["detail"]) == ("retrying", 503, "later")
    assert outside.work(DUE + 4 * timedelta(seconds=1)) == []

    (second,) = outside.work(DUE + 10 * timedelta(seconds=1))
    (third,) = outside.work(DUE + 10 * MINUTE)
    assert (second["state"], third["state"]) == ("retrying", "sent")
    assert ids(outside) == [first["delivery"]] * 3
    own = Attempt.objects.filter(delivery__kind="webhook")
    states = own.order_by("number").values_list("number", "state", "status")
    assert list(states) == [(1, "retrying", 503), (2, "retrying", 503), (3, "sent", 204)]


def test_a_webhook_that_asks_to_wait_is_asked_again_when_it_said(
    broken: Catalog, outside: Outside, settings: Any
) -> None:
    settings.NOTIFY_RETRY_SECONDS = (1, 1)
    outside.receiver.plan("webhook", Answer(429, b"", {"Retry-After": "7"}))
    (first,) = outside.work(DUE)
    assert (first["state"], first["next_try"]) == ("retrying", "2026-01-01T01:01:07+00:00")

    (second,) = outside.work(DUE + timedelta(seconds=7))
    assert second["state"] == "sent"


def test_what_failed_for_good_comes_in_one_message_when_the_channel_works_again(
    broken: Catalog, outside: Outside, settings: Any
) -> None:
    settings.NOTIFY_RETRY_SECONDS = (5,)
    outside.receiver.plan("webhook", BUSY, 4)
    outside.work(DUE)
    assert [one["state"] for one in outside.work(DUE + MINUTE)] == ["failed"]
    pin(broken, "2", DUE)
    give(broken, items(range(3, 8)), START + 1.5 * HOUR)
    outside.work(START + 1.5 * HOUR)
    outside.work(START + 1.6 * HOUR)
    assert [one["state"] for one in outside.work(START + 1.7 * HOUR)] == ["failed"]

    pin(broken, "3", START + 1.7 * HOUR)
    give(broken, items(range(4, 8)), START + 2 * HOUR)
    outside.work(START + 2 * HOUR)
    outside.work(START + 2.1 * HOUR)
    outside.work(START + 2.2 * HOUR)
    outside.work(START + 2.3 * HOUR)
    assert [body["type"] for body in outside.bodies] == ["pin.withdrawn", "digest"]
    data = outside.bodies[1]["data"]
    assert data["title"] == "2 events that you missed in Render"
    assert [event["id"] for event in data["events"]] == ["1", "2"]


def test_after_a_test_that_arrives_missed_events_are_sent(
    broken: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace, settings: Any
) -> None:
    settings.NOTIFY_RETRY_SECONDS = (5,)
    outside.receiver.plan("webhook", BUSY, 2)
    outside.work(DUE)
    outside.work(DUE + MINUTE)
    assert actions.ask_for_test(team, Actor(cast.max, DUE + 2 * MINUTE))
    outside.work(DUE + 2 * MINUTE)
    outside.work(DUE + 3 * MINUTE)

    assert [body["type"] for body in outside.bodies] == ["test", "pin.withdrawn"]


def test_a_receiver_that_is_down_for_an_hour_gets_everything_once(
    listed: Catalog, team: Channel, outside: Outside
) -> None:
    for item_id in ("1", "2", "3"):
        pin(listed, item_id, START)
    outside.receiver.__exit__()
    for number in (1, 2, 3):
        at = START + (1 + number / 4) * HOUR
        give(listed, items(range(number + 1, 8)), at)
        outside.work(at)
        outside.work(at + 2 * MINUTE)
    with outside.receiver:
        for minutes in range(0, 240, 10):
            outside.work(START + 2 * HOUR + minutes * MINUTE)

    said = [
        event["id"]
        for body in outside.bodies
        for event in body["data"].get("events", [body["data"]])
    ]
    assert sorted(said) == ["1", "2", "3"]
    assert len(set(ids(outside))) == len(ids(outside))


def test_gone_switches_off_and_says_so_by_mail(
    broken: Catalog, team: Channel, outside: Outside, django_capture_on_commit_callbacks: Any
) -> None:
    outside.receiver.plan("webhook", Answer(410, b""))
    with django_capture_on_commit_callbacks(execute=True):
        (record,) = outside.work(DUE)

    team.refresh_from_db()
    assert (record["state"], team.state, team.reason) == ("failed", "off", "gone")
    told = {
        sent.to[0]
        for sent in mail.outbox
        if sent.subject == "[xdportal] The channel deploy was switched off"
    }
    assert told == {"max@example.com", "olga@example.com"}
    give(broken, items(range(1, 8)), START + 2 * HOUR)
    outside.work(START + 2 * HOUR)
    assert Delivery.objects.filter(channel=team).count() == 1


def test_a_refusal_that_needs_a_person_pauses_and_is_sent_after_the_correction(
    listed: Catalog,
    outside: Outside,
    cast: SimpleNamespace,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.NOTIFY_ROBOT_URL = outside.receiver.url
    robot = Robot("dingtalk", "a1b2c3d4", "SECright", "")
    url = outside.receiver.register(robot)
    actor = Actor(cast.max, START)
    channel = actions.add_channel(cast.team, "dingtalk", "group", Address(url, "SECwrong"), actor)
    actions.add_rule(channel, RuleWish("pins"), actor)
    pin(listed, "1", START)
    give(listed, items(range(2, 8)), START + HOUR)
    outside.work(START + HOUR)
    with django_capture_on_commit_callbacks(execute=True):
        outside.work(DUE)
    channel.refresh_from_db()
    delivery = Delivery.objects.get(channel=channel)
    assert (channel.state, channel.reason, delivery.state) == ("paused", "signature", "retrying")
    stopped = [sent for sent in mail.outbox if "group needs attention" in sent.subject]
    assert "The robot refused the signature." in stopped[0].body

    outside.work(START + 2 * HOUR)
    assert Attempt.objects.filter(delivery=delivery).count() == 1
    actions.change_address(channel, Address(url, "SECright"), actor)
    actions.resume(channel, Actor(cast.max, START + 3 * HOUR))
    outside.work(START + 3 * HOUR)
    delivery.refresh_from_db()
    assert (delivery.state, len(outside.receiver.accepted("dingtalk"))) == ("sent", 1)


@pytest.mark.parametrize(
    "kind",
    [
        *("dingtalk", "slack"),
        *(pytest.param(kind, marks=pytest.mark.full) for kind in ("wecom", "feishu", "teams")),
    ],
)
def test_a_storm_of_ten_minutes_stays_within_the_robots_rate(
    listed: Catalog, outside: Outside, cast: SimpleNamespace, settings: Any, kind: str
) -> None:
    settings.NOTIFY_ROBOT_URL = outside.receiver.url
    keyword = "alert" if kind in ("dingtalk", "feishu") else ""
    robot = Robot(kind, "a1b2c3d4", "", keyword)
    address = Address(outside.receiver.register(robot), "", keyword)
    actor = Actor(cast.max, START)
    channels = [
        actions.add_channel(cast.team, kind, name, address, actor) for name in ("one", "two")
    ]
    for minute in range(10):
        at = START + minute * MINUTE
        storm(channels, at)
        send_until(outside, at + MINUTE)

    arrived = [arrival.call.at for arrival in outside.receiver.arrivals]
    assert all(arrival.is_accepted for arrival in outside.receiver.arrivals)
    assert most_within(arrived, 60) <= RATES[kind]
    assert len(arrived) >= min(RATES[kind] * 0.7, 20) * 10
    assert RateBucket.objects.count() == 1


def storm(channels: list[Channel], at: datetime) -> None:
    """Put twenty messages before two channels that lead to one robot."""
    event = Event.objects.latest("pk")
    for number in range(20):
        delivery = outbox.new(channels[number % 2], at, state="retrying")
        delivery.save()
        outbox.put(delivery, [event])


def send_until(outside: Outside, end: datetime) -> None:
    """Send as fast as it is allowed: the clock goes on to the robot's next free moment."""
    waiting = Delivery.objects.filter(state="retrying").order_by("next_try")
    while (first := waiting.first()) is not None and first.next_try < end:
        at = first.next_try
        outside.go_to(at)
        if sending.send(first.pk, at) is None:
            first.refresh_from_db()  # the others would be put off in the same way, one by one
            waiting.filter(next_try__lt=first.next_try).update(next_try=first.next_try)


def most_within(moments: list[float], seconds: int) -> int:
    return max(sum(one <= other < one + seconds for other in moments) for one in moments)


def test_while_a_secret_is_rotated_both_verify(
    broken: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    former = outside.robot.secret
    actor = Actor(cast.max, START)
    new = actions.rotate_secret(team, actor)
    outside.work(DUE)
    call = outside.receiver.arrivals[-1].call
    for secret in (former, new):
        Webhook(secret).verify(call.body, dict(call.headers))

    actions.end_rotation(team, actor)
    assert sending.opened(team).secret == new  # type: ignore[union-attr]
    assert sending.opened(team).previous_secret == ""  # type: ignore[union-attr]


def test_a_test_is_sent_to_a_paused_channel_too_but_five_a_minute(
    team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    actor = Actor(cast.max, START)
    actions.pause(team, actor)
    asked = [actions.ask_for_test(team, actor) for _ in range(6)]
    records = outside.work(START)

    assert [record["state"] for record in records] == ["sent"] * 5
    assert asked[5] is None
    assert outside.bodies[0]["type"] == "test"
    assert outside.bodies[0]["data"]["title"].startswith("[Test] ")
    team.refresh_from_db()
    assert team.tested_at == START


def test_a_delivery_can_be_sent_again_with_its_id(
    broken: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    outside.work(DUE)
    delivery = Delivery.objects.get(kind="webhook")
    assert "has not been listed since" in json.loads(delivery.body)["data"]["sentence"]
    assert actions.resend(delivery, Actor(cast.max, DUE + MINUTE))
    outside.work(DUE + MINUTE)

    assert ids(outside) == [str(delivery.uuid)] * 2


def test_attempts_are_counted_on_when_a_delivery_is_sent_again(
    broken: Catalog, outside: Outside, cast: SimpleNamespace, settings: Any
) -> None:
    settings.NOTIFY_RETRY_SECONDS = (5,)
    outside.receiver.plan("webhook", BUSY, 3)
    outside.work(DUE)
    outside.work(DUE + MINUTE)
    delivery = Delivery.objects.get(kind="webhook")
    actions.resend(delivery, Actor(cast.max, DUE + 2 * MINUTE))
    outside.work(DUE + 2 * MINUTE)
    outside.work(DUE + 3 * MINUTE)

    log = delivery.attempts.values_list("number", "state")
    assert list(log) == [(1, "retrying"), (2, "failed"), (3, "retrying"), (4, "sent")]


def test_a_sender_that_died_is_followed_by_another(broken: Catalog, outside: Outside) -> None:
    (key,) = (
        sending.due(DUE)
        if len(sending.due(DUE)) == 1
        else [Delivery.objects.get(kind="webhook").pk]
    )
    assert sending.claim(key, DUE) is not None
    assert outside.work(DUE + MINUTE) == []
    (record,) = outside.work(DUE + 2 * MINUTE)

    assert record["state"] == "sent"
    assert list(
        Attempt.objects.filter(delivery=key).order_by("number").values_list("state", flat=True)
    ) == [
        "lost",
        "sent",
    ]


def test_removing_a_rule_or_channel_drops_what_waits(
    broken: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    actions.remove_rule(Rule.objects.get(channel=team), Actor(cast.max, DUE))
    assert Delivery.objects.get(kind="webhook").state == "dropped"
    actions.remove_channel(team, Actor(cast.max, DUE))
    outside.work(DUE)

    assert outside.bodies == []
    assert Delivery.objects.get(kind="webhook").channel_name == "deploy"


def test_old_deliveries_are_deleted(broken: Catalog, outside: Outside, settings: Any) -> None:
    settings.DELIVERY_RETENTION_DAYS = 10
    outside.work(DUE)
    assert retention.prune(DUE + timedelta(days=10)) == 0
    assert retention.prune(DUE + timedelta(days=11)) == Delivery.objects.count() + 2
    assert not Attempt.objects.exists()


def test_old_events_are_deleted_unless_a_message_has_yet_to_tell_them(
    broken: Catalog, team: Channel, outside: Outside, settings: Any
) -> None:
    settings.EVENT_RETENTION_DAYS = 10
    assert retention.prune_events(DUE + timedelta(days=9)) == 0
    waiting = Event.objects.filter(deliveries__ended_at=None, deliveries__isnull=False)
    untold = set(waiting.values_list("pk", flat=True))
    retention.prune_events(DUE + timedelta(days=11))
    assert set(Event.objects.values_list("pk", flat=True)) == untold

    outside.work(DUE)
    retention.prune_events(DUE + timedelta(days=11))
    assert Event.objects.count() == 0
    assert [body["type"] for body in outside.bodies] == ["pin.withdrawn"]


def test_the_configuration_is_sealed_and_bound_to_its_row(team: Channel, outside: Outside) -> None:
    assert outside.robot.secret not in team.config
    assert team.shown.endswith(outside.url[-4:])
    other = Channel(kind="webhook", config=team.config)
    assert sending.opened(other) is None


def test_one_and_five_transitions_cost_the_same_statements(
    listed: Catalog, team: Channel, outside: Outside
) -> None:
    give(listed, items(range(1, 60)), START + 0.1 * HOUR)
    outside.work(START + 0.1 * HOUR)
    costs = []
    for number, (low, high) in enumerate(((1, 2), (2, 7)), start=1):
        at = START + number * 0.5 * HOUR
        for item_id in range(low, high):
            pin(listed, str(item_id), START)
        give(listed, items(range(high, 60)), at)
        with CaptureQueriesContext(database) as queries:
            outside.work(at)
        costs.append(len(queries))
        outside.work(at + 2 * MINUTE)
    assert costs[0] == costs[1]


def test_a_team_takes_half_of_the_threads_at_most(
    broken: Catalog, outside: Outside, settings: Any
) -> None:
    """What is beyond its share is put back, and the next sweep sends it."""
    settings.WORKER_THREADS = 2
    outside.go_to(DUE)
    delivery = Delivery.objects.get(kind="webhook")
    assert tasks.queue_due() == 2
    with share_of(broken.connection):
        assert tasks.send(delivery.pk) == ""
    assert ids(outside) == []
    assert tasks.queue_due() == 1

    assert tasks.send(delivery.pk) == "sent"
