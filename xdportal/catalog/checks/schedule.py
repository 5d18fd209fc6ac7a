"""When a catalog is checked next. Pure."""

import random
from datetime import datetime, timedelta

from xdportal.catalog.models.due import LONGEST_BACK_OFF
from xdportal.provider.errors import ProviderError

SUSPECT_RECHECK = timedelta(minutes=5)
# A failure that passes by itself is often over in a minute.
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
JITTER = 0.05  # of the interval: a thousand connections of one interval drift apart
TOGETHER = 0.1  # of the interval: what is due so soon is read in the same sitting


def after_success(at: datetime, interval: int) -> datetime:
    return at + _jittered(timedelta(seconds=interval))


def after_suspect(at: datetime) -> datetime:
    return at + SUSPECT_RECHECK


def after_failure(
    at: datetime,
    interval: int,
    failures: int,
    *,
    needs_attention: bool,
    may_pass_soon: bool = True,
) -> datetime:
    """Try again after 1, 5 and 15 minutes, if that is sooner than the interval and may help.

    From then on, double the wait from failure to failure, up to an hour, but never below the
    interval.
    """
    regular = timedelta(seconds=interval)
    if needs_attention:
        return at + _jittered(max(regular, LONGEST_BACK_OFF))
    if may_pass_soon and failures <= len(RETRIES):
        return at + _jittered(min(RETRIES[failures - 1], regular))
    doublings = min(max(failures - len(RETRIES) - 1, 0), 16)
    doubled = regular * 2**doublings
    return at + _jittered(max(regular, min(doubled, LONGEST_BACK_OFF)))


def held_back_until(at: datetime, error: ProviderError) -> datetime | None:
    """Return until when the provider asked not to be called at all (Retry-After), if it did."""
    return at + timedelta(seconds=error.retry_after) if error.retry_after else None


def due_together(at: datetime, interval: int) -> datetime:
    """Return until when lists of one connection count as due in one sitting."""
    return at + timedelta(seconds=interval) * TOGETHER


def _jittered(wait: timedelta) -> timedelta:
    return wait * random.uniform(1 - JITTER, 1)  # noqa: S311
