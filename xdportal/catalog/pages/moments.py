"""A list at some time: what a query string names by number, date or time."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from xdportal.catalog.models import Catalog, Snapshot

LONGEST = 40
MOST_SNAPSHOTS = 2**31


class Trouble(StrEnum):
    INVALID = "invalid"  # neither a number nor a time
    MISSING = "missing"  # no snapshot has this number
    EARLIER = "earlier"  # before the first list


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, and the snapshot it names; None with the trouble it is in, or if
    nothing was asked.
    """

    text: str
    snapshot: Snapshot | None
    trouble: Trouble | None = None


def ask(catalog: Catalog, text: str, *, end_of_day: bool = False) -> Asked:
    """Return the snapshot that a number or a time names. A date is its beginning, or its end.
    One query.
    """
    text = text.strip()[:LONGEST]
    if not text:
        return Asked("", None)
    if text.isdecimal():
        return _by_number(catalog, text)
    moment = moment_of(text, end_of_day=end_of_day)
    if moment is None:
        return Asked(text, None, Trouble.INVALID)
    snapshot = catalog.snapshots.at(moment)
    return Asked(text, snapshot, None if snapshot else Trouble.EARLIER)


def moment_of(text: str, *, end_of_day: bool = False) -> datetime | None:
    """Return an ISO date or time; without an offset it is local. None if it is neither."""
    # The plus sign of an offset arrives as a space when it was not encoded.
    spelled = text.replace(" ", "+") if "T" in text else text
    try:
        moment = parse_datetime(spelled)
        day = parse_date(text)
        if day is not None:
            moment = datetime.combine(day + timedelta(days=end_of_day), time())
            moment -= timedelta(microseconds=int(end_of_day))
        if moment is not None and timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        return moment.astimezone(UTC) if moment is not None else None
    except (ValueError, OverflowError):
        return None


def field_value(snapshot: Snapshot) -> str:
    """Return the local second by which a date field names this snapshot again."""
    local = timezone.localtime(snapshot.taken_at)
    whole = local.replace(microsecond=0)
    shown = whole if whole == local else whole + timedelta(seconds=1)
    return f"{shown:%Y-%m-%dT%H:%M:%S}"


def _by_number(catalog: Catalog, text: str) -> Asked:
    number = int(text)
    is_possible = 0 < number < MOST_SNAPSHOTS
    snapshot = catalog.snapshots.filter(number=number).first() if is_possible else None
    return Asked(text, snapshot, None if snapshot else Trouble.MISSING)
