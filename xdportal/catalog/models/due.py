"""Which times still hold.

A time that lies further ahead than it ever could was written while the clock was ahead. It does not
hold any more: a check is due, a lease has expired, a message is lost.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, Q, Value
from django.db.models.functions import Cast

LONGEST_BACK_OFF = timedelta(hours=1)
SKEW = timedelta(minutes=2)  # clocks of two machines may differ


def still_holds(moment: datetime | None, at: datetime, most: timedelta) -> bool:
    return moment is not None and at < moment <= at + most


def holds(field: str, at: datetime, most: timedelta) -> Q:
    return Q(**{f"{field}__gt": at, f"{field}__lte": at + most})


def longest_lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def longest_message() -> timedelta:
    return timedelta(seconds=settings.MESSAGE_LIFE)


def longest_wait(interval: int) -> timedelta:
    """Return how far ahead the next check of a list can be."""
    return max(timedelta(seconds=interval), LONGEST_BACK_OFF) + SKEW


def is_due(at: datetime) -> Q:
    """As `longest_wait`, in the database."""
    # Cast: SQLite multiplies a duration by an IntegerField alone.
    seconds = Cast("connection__interval", models.IntegerField())
    interval = ExpressionWrapper(seconds * timedelta(seconds=1), models.DurationField())
    by_interval = ExpressionWrapper(Value(at + SKEW) + interval, models.DateTimeField())
    by_back_off = at + LONGEST_BACK_OFF + SKEW
    too_far = Q(next_check_at__gt=by_back_off) & Q(next_check_at__gt=by_interval)
    return Q(next_check_at__lte=at) | too_far


def lease_expired(at: datetime) -> Q:
    return Q(lease_until__isnull=False) & ~holds("lease_until", at, longest_lease())
