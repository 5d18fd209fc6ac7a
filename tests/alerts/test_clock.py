"""Alerts after a clock that ran ahead and is set right: nothing waits for as long as it was."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.alerts.stage import HOUR, Outside, pin
from tests.items import START, give, items
from xdportal.alerts import tasks
from xdportal.alerts.actions import RuleWish
from xdportal.alerts.deliveries import rates, sending
from xdportal.alerts.models import Attempt, Channel, Delivery, RateBucket
from xdportal.catalog.models import Catalog, Event
from xdportal.simulator.robots import Answer

MINUTE = timedelta(minutes=1)
MONTH = timedelta(days=30)
RIGHT = START + HOUR  # when the clock is set right


@pytest.fixture(params=[2 * HOUR, MONTH], ids=str)
def ahead(request: pytest.FixtureRequest) -> datetime:
    return RIGHT + request.param


@pytest.fixture
def team(cast: SimpleNamespace, outside: Outside) -> Channel:
    return outside.channel(cast.team, cast.max)


def lose_a_pinned_image(listed: Catalog, at: datetime) -> None:
    pin(listed, "1", START, "base")
    give(listed, items(range(2, 8)), at)


def waiting(outside: Outside, listed: Catalog, at: datetime) -> int:
    """Return the webhook's delivery, which was written at this time and collects."""
    lose_a_pinned_image(listed, at)
    assert outside.work(at) == []
    return Delivery.objects.get(kind="webhook").pk


def sent(records: list[dict[str, Any]]) -> list[str]:
    return [record["state"] for record in records]


def test_a_batch_leaves(team: Channel, listed: Catalog, outside: Outside, ahead: datetime) -> None:
    waiting(outside, listed, ahead)

    assert sent(outside.work(RIGHT)) == ["sent"]


def test_events_that_someone_had_claimed_are_handled(
    team: Channel, listed: Catalog, outside: Outside, ahead: datetime
) -> None:
    lose_a_pinned_image(listed, START)
    assert Event.objects.claim(ahead, 100) != []

    outside.work(RIGHT)
    assert Event.objects.filter(handled_at=None).count() == 0


def test_a_sender_that_died_is_followed_by_another(
    team: Channel, listed: Catalog, outside: Outside, ahead: datetime
) -> None:
    key = waiting(outside, listed, ahead)
    assert sending.claim(key, ahead + MINUTE) is not None

    assert sent(outside.work(RIGHT)) == ["sent"]


def test_a_message_is_lost(
    team: Channel, listed: Catalog, outside: Outside, ahead: datetime
) -> None:
    key = waiting(outside, listed, ahead)
    outside.go_to(ahead)
    assert (tasks.send_soon(key), tasks.send_soon(key)) == (True, False)

    outside.go_to(RIGHT)
    assert (tasks.send_soon(key), tasks.send_soon(key)) == (True, False)


def test_a_robot_is_free(team: Channel, outside: Outside, ahead: datetime) -> None:
    Channel.objects.filter(pk=team.pk).update(kind="dingtalk", bucket="robot")
    robot = Channel.objects.get(pk=team.pk)
    assert rates.free_at(robot, ahead) == ahead
    rates.block(robot, ahead, 60)
    assert rates.free_at(robot, ahead) > ahead

    assert rates.free_at(robot, RIGHT) == RIGHT
    assert not RateBucket.objects.get(key="robot").is_blocked(RIGHT)


def test_a_robots_later_messages_do_not_count(
    team: Channel, listed: Catalog, outside: Outside, ahead: datetime
) -> None:
    delivery = Delivery.objects.get(pk=waiting(outside, listed, ahead))
    Channel.objects.filter(pk=team.pk).update(kind="dingtalk", bucket="robot")
    robot = Channel.objects.get(pk=team.pk)
    for number in range(20):
        Attempt.objects.create(delivery=delivery, number=number, bucket="robot", started=ahead)
    assert rates.free_at(robot, ahead) > ahead

    assert rates.free_at(robot, RIGHT) == RIGHT


def test_a_failed_message_is_tried_again(team: Channel, listed: Catalog, outside: Outside) -> None:
    key = waiting(outside, listed, RIGHT + MONTH)
    outside.receiver.plan("webhook", Answer(503, b"later"))
    assert sent(outside.work(RIGHT + MONTH + MINUTE)) == ["retrying"]

    assert sending.due(RIGHT) == [key]


@pytest.mark.parametrize("mode", ["instant", "hourly", "daily", "weekly"])
def test_what_collects_for_good_reasons_is_not_due(
    cast: SimpleNamespace, listed: Catalog, outside: Outside, mode: str
) -> None:
    outside.channel(cast.team, cast.max, RuleWish("pins", mode=mode))
    waiting(outside, listed, RIGHT)

    assert sending.due(RIGHT + timedelta(seconds=50)) == []
