"""When to try again, and when a digest leaves."""

import random
from uuid import UUID

from django.conf import settings

WEBHOOK = "webhook"
ROBOT_WAITS = (60, 300, 1800, 7200, 21600)  # seconds; the first attempt is made at once
MOST_SPREAD = 1.2
DIGEST_SLOTS = 28 * 60


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


def random_spread() -> float:
    return random.uniform(1.0, MOST_SPREAD)  # noqa: S311


def digest_offset(channel: UUID) -> int:
    """Return how many seconds after the hour a channel's digests leave: never near :00 or :30."""
    return 60 + channel.int % DIGEST_SLOTS
