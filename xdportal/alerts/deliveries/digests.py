"""When the next message of a rule leaves. Pure."""

import zoneinfo
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from xdportal.alerts.channels.schedule import digest_offset
from xdportal.alerts.models import Channel, Rule

DAYS = {Rule.Mode.DAILY: 1, Rule.Mode.WEEKLY: 7}


def zone_of(channel: Channel) -> zoneinfo.ZoneInfo:
    """Return the channel's time zone; a person's channel follows the person's."""
    name = channel.user.time_zone if channel.user is not None else channel.time_zone
    return zoneinfo.ZoneInfo(name or settings.TIME_ZONE)


def next_time(channel: Channel, mode: str, at: datetime) -> datetime:
    """Return when a batch that begins now is sent."""
    if mode == Rule.Mode.INSTANT:
        return at + timedelta(seconds=settings.ALERT_BATCH_SECONDS)
    local = timezone.localtime(at, zone_of(channel))
    offset = timedelta(seconds=digest_offset(channel.uuid))
    hour = local.replace(minute=0, second=0, microsecond=0)
    if mode == Rule.Mode.HOURLY:
        leaves = hour + offset
        return leaves if leaves > local else leaves + timedelta(hours=1)
    leaves = hour.replace(hour=channel.digest_hour) + offset
    if mode == Rule.Mode.WEEKLY:
        leaves += timedelta(days=channel.digest_weekday - leaves.weekday())
    days = DAYS[Rule.Mode(mode)]
    while leaves <= local:
        leaves += timedelta(days=days)
    return leaves
