"""An interval is entered and shown in words."""

import pytest
from django.utils import translation

from xdportal.lib.dates import seconds_of, short_length


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("600", 600),
        ("90 s", 90),
        ("30 min", 1800),
        (" 30MIN ", 1800),
        ("30 分钟", 1800),
        ("2 h", 7200),
        ("2小时", 7200),
        ("1 d", 86400),
        ("1 天", 86400),
        ("soon", None),
        ("1.5 h", None),
        ("-5 min", None),
        ("5 weeks", None),
        ("", None),
    ],
)
def test_words_become_seconds(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("seconds", [10, 90, 600, 1800, 5400, 7200, 86400, 604800])
def test_what_is_shown_is_understood(seconds: int, language: str) -> None:
    with translation.override(language):
        assert seconds_of(short_length(seconds)) == seconds


def test_the_largest_unit_that_fits() -> None:
    assert [short_length(n) for n in (90, 1800, 7200, 86400)] == ["90 s", "30 min", "2 h", "1 d"]
