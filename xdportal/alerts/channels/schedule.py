"""When to try again, and when a digest leaves."""

import random
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from xdportal.lib.http import LONGEST_RETRY_AFTER

WEBHOOK = "webhook"
ROBOT_WAITS = (60, 300, 1800, 7200, 21600)  # seconds; the first attempt is made at once
MOST_SPREAD = 1.2
DIGEST_SLOTS = 28 * 60
SKEW = timedelta(minutes=2)  # clocks of two machines may differ
LONGEST_DIGESTS = {  # with the hour that the end of summer time adds
    "daily": timedelta(days=1, hours=1),
    "weekly": timedelta(days=7, hours=1),
}


def waits_of(kind: str) -> tuple[int, ...]:
    return settings.NOTIFY_RETRY_SECONDS if kind == WEBHOOK else ROBOT_WAITS


def wait_before_retry(
    kind: str,
    attempts: int,
    retry_after: float = 0.0,
    spread: float = 1.0,
) -> float | None:
    """Return the seconds to wait after so many failed attempts; None when no attempt is left.

    `spread` stretches the wait, so many receivers' retries don't fall on the same second.
    """
    waits = waits_of(kind)
    if attempts > len(waits):
        return None
    return max(waits[attempts - 1] * spread, retry_after)


def longest_retry() -> timedelta:
    """Return how far ahead an attempt after a failed one can be."""
    longest = max(*settings.NOTIFY_RETRY_SECONDS, *ROBOT_WAITS) * MOST_SPREAD
    return timedelta(seconds=max(longest, LONGEST_RETRY_AFTER)) + SKEW


def longest_collecting(mode: str) -> timedelta:
    """Return how far ahead a batch that still collects can leave.

    A robot that asked to wait may hold up any for an hour, as long as an hourly digest collects.
    """
    hour = timedelta(seconds=LONGEST_RETRY_AFTER)
    return LONGEST_DIGESTS.get(mode, hour) + SKEW


def random_spread() -> float:
    return random.uniform(1.0, MOST_SPREAD)  # noqa: S311


def digest_offset(channel: UUID) -> int:
    """Return how many seconds after the hour a channel's digests leave: never near :00 or :30."""
    return 60 + channel.int % DIGEST_SLOTS
