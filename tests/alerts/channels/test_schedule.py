import uuid

import pytest

from xdportal.alerts.channels import schedule
from xdportal.alerts.channels.registry import limits_of


def waits(kind: str, **options: float) -> list[float | None]:
    return [schedule.wait_before_retry(kind, attempts, **options) for attempts in range(1, 12)]


def test_webhooks_follow_the_setting(settings: object) -> None:
    assert waits("webhook") == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None, None]

    settings.NOTIFY_RETRY_SECONDS = (1, 2)  # type: ignore[attr-defined]
    assert waits("webhook")[:3] == [1, 2, None]


@pytest.mark.parametrize("kind", ["mail", "dingtalk", "feishu", "wecom", "slack", "teams"])
def test_robots_and_mail_are_tried_six_times(kind: str) -> None:
    assert waits(kind)[:6] == [60, 300, 1800, 7200, 21600, None]


def test_the_receivers_own_wait_counts_if_it_is_longer() -> None:
    assert waits("wecom", retry_after=100)[:2] == [100, 300]


def test_waits_are_spread() -> None:
    assert waits("wecom", spread=1.5)[:2] == [90, 450]
    assert all(1 <= schedule.random_spread() <= 1.2 for _ in range(100))


def test_digests_leave_at_a_channels_own_time_never_on_the_half_hour() -> None:
    offsets = [schedule.digest_offset(uuid.uuid4()) for _ in range(1000)]

    assert min(offsets) >= 60
    assert max(offsets) < 1740
    assert len(set(offsets)) > 300


@pytest.mark.parametrize(
    ("kind", "rates"),
    [
        ("dingtalk", [(15, 60)]),
        ("feishu", [(75, 60), (3, 1)]),
        ("wecom", [(15, 60)]),
        ("slack", [(1, 2)]),
        ("teams", [(3, 1)]),
        ("webhook", []),
        ("mail", []),
    ],
)
def test_a_robot_gets_three_quarters_of_its_rate(kind: str, rates: list[tuple[int, int]]) -> None:
    assert [rate.eased for rate in limits_of(kind).rates] == rates
