"""When a catalog is checked next. Pure."""

import random
from datetime import datetime, timedelta

from xdportal.provider.errors import ProviderError, RateLimited

LONGEST_BACK_OFF = timedelta(hours=1)
SUSPECT_RECHECK = timedelta(minutes=5)
JITTER = 0.05  # of the interval: a thousand connections of one interval drift apart


def after_success(at: datetime, interval: int) -> datetime:
    return at + _jittered(timedelta(seconds=interval))


def after_suspect(at: datetime) -> datetime:
    return at + SUSPECT_RECHECK


def after_failure(at: datetime, interval: int, failures: int, *, attention: bool) -> datetime:
    """Doubles from failure to failure, to at most an hour, and is never quicker than the interval."""
    regular = timedelta(seconds=interval)
    if attention:
        return at + _jittered(max(regular, LONGEST_BACK_OFF))
    return at + _jittered(max(regular, min(regular * 2 ** min(failures - 1, 16), LONGEST_BACK_OFF)))


def held_back_until(at: datetime, error: ProviderError) -> datetime | None:
    """Until when the provider asked not to be called at all, if it named a time (Retry-After)."""
    if not isinstance(error, RateLimited) or not error.retry_after:
        return None
    return at + timedelta(seconds=error.retry_after)


def _jittered(wait: timedelta) -> timedelta:
    return wait * random.uniform(1 - JITTER, 1)  # noqa: S311
