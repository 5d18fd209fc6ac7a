from datetime import timedelta

import pytest

from tests.items import START
from xdportal.catalog.checks.schedule import (
    after_failure,
    after_success,
    after_suspect,
    held_back_until,
)
from xdportal.provider.codes import error_for
from xdportal.provider.errors import Busy, Details, RateLimited

HOUR = 3600.0


def seconds(moment: object) -> float:
    return (moment - START).total_seconds()  # type: ignore[operator]


def test_after_success_the_interval_a_little_early_so_that_many_drift_apart() -> None:
    waits = {seconds(after_success(START, 1800)) for _ in range(50)}

    assert len(waits) > 1
    assert all(1710 <= wait <= 1800 for wait in waits)


def test_a_suspect_answer_is_looked_at_again_after_five_minutes() -> None:
    assert after_suspect(START) == START + timedelta(minutes=5)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 1), (2, 5), (3, 15)])
def test_a_passing_failure_is_tried_again_soon(failures: int, minutes: int) -> None:
    wait = seconds(after_failure(START, 1800, failures, needs_attention=False))

    assert 57 * minutes <= wait <= 60 * minutes


def test_but_not_later_than_the_interval() -> None:
    waits = [
        seconds(after_failure(START, 120, failures, needs_attention=False))
        for failures in (1, 2, 3)
    ]

    assert [57 <= waits[0] <= 60, 114 <= waits[1] <= 120, 114 <= waits[2] <= 120] == [True] * 3


@pytest.mark.parametrize(
    ("failures", "longest"), [(4, 600), (5, 1200), (6, 2400), (7, HOUR), (50, HOUR), (10**9, HOUR)]
)
def test_then_failures_back_off_to_an_hour(failures: int, longest: float) -> None:
    wait = seconds(after_failure(START, 600, failures, needs_attention=False))

    assert longest * 0.95 <= wait <= longest


def test_an_interval_longer_than_an_hour_stays() -> None:
    assert seconds(after_failure(START, 86400, 5, needs_attention=False)) >= 0.95 * 86400


@pytest.mark.parametrize("failures", [1, 2, 3, 4])
def test_what_will_not_pass_soon_waits_for_the_regular_check(failures: int) -> None:
    next_at = after_failure(START, 1800, failures, needs_attention=False, may_pass_soon=False)

    assert 1710 <= seconds(next_at) <= 1800


def test_of_the_providers_errors_only_its_business_rules_wait_so_long() -> None:
    codes = [500, 1003, 1005, 220018]

    assert [error_for(Details(200, code)).may_pass_soon for code in codes] == [
        True,
        False,
        True,
        True,
    ]


def test_what_needs_a_person_is_tried_hourly() -> None:
    assert 0.95 * HOUR <= seconds(after_failure(START, 60, 1, needs_attention=True)) <= HOUR


def test_a_wait_that_the_provider_asked_for_is_kept() -> None:
    assert held_back_until(START, RateLimited(retry_after=7)) == START + timedelta(seconds=7)
    assert held_back_until(START, Busy(retry_after=7)) == START + timedelta(seconds=7)
    assert held_back_until(START, RateLimited()) is None
