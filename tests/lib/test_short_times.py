"""Times as briefly as they are clear."""

from datetime import UTC, datetime, timedelta

import pytest

from xdportal.lib.dates import short

NOW = datetime(2026, 11, 25, 9, 42, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(hours=4), "05:42"),
        (timedelta(hours=10), "Tue 23:42"),
        (timedelta(days=6), "Thu 09:42"),
        (timedelta(days=7), "2026-11-18"),
        (timedelta(days=-1), "2026-11-26"),
    ],
)
def test_a_time_is_a_clock_a_weekday_or_a_date(ago: timedelta, text: str) -> None:
    assert short(NOW - ago, NOW) == text
