"""No robot gets more than three quarters of its rate in any time of the rate's length.

Attempts are counted in the database, under a lock of the robot's row.
"""

from datetime import datetime, timedelta

from xdportal.alerts.channels.base import Rate
from xdportal.alerts.channels.registry import limits_of
from xdportal.alerts.models import Attempt, Channel, RateBucket

# How long a robot stays silent that has had too much; DingTalk mutes it for ten minutes.
SILENT = {"dingtalk": timedelta(minutes=10)}
SHORTEST_SILENCE = timedelta(minutes=1)
SPARE = timedelta(seconds=1)  # messages arrive in other distances than they leave


def free_at(channel: Channel, at: datetime) -> datetime:
    """Return when the channel's robot can take a message: `at`, or later.

    Locks the robot's row until the end of the transaction.
    """
    rates = limits_of(channel.kind).rates
    if not channel.bucket or not rates:
        return at
    bucket, _made = RateBucket.objects.select_for_update().get_or_create(key=channel.bucket)
    if bucket.blocked_until is not None and bucket.is_blocked(at):
        return bucket.blocked_until
    return max(_room(channel.bucket, rate.eased, at) for rate in rates)


def block(channel: Channel, at: datetime, seconds: float) -> datetime:
    """Send nothing to a robot that asked to wait; return until when.

    A webhook has no rate of a vendor's: it waits for as long as it asks, and no longer.
    """
    if not limits_of(channel.kind).rates:
        return at + timedelta(seconds=seconds)
    least = SILENT.get(channel.kind, SHORTEST_SILENCE)
    until = at + max(timedelta(seconds=seconds), least)
    if channel.bucket:
        RateBucket.objects.filter(key=channel.bucket).update(blocked_until=until)
    return until


def _room(bucket: str, rate: Rate, at: datetime) -> datetime:
    """Return when fewer messages than allowed will have left within the rate's time."""
    window = timedelta(seconds=rate.seconds) + SPARE
    # None from a clock that ran ahead, and was set back.
    near = (at - window, at + window)
    recent = Attempt.objects.filter(bucket=bucket, started__range=near)
    newest = list(recent.order_by("-started").values_list("started", flat=True)[: rate.messages])
    return newest[-1] + window if len(newest) == rate.messages else at
