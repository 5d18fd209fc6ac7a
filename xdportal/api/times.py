"""Times of the API: ISO 8601, in UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# An offset's plus sign arrives as a space when it was not encoded in a query string.
PLUS = re.compile(r" (?=[0-9]{2}:?[0-9]{2}$)")
LATEST = datetime.max.replace(tzinfo=UTC)


def parse(text: str) -> datetime:
    """Return a time; without an offset it is UTC, and a day is its beginning. Raise ValueError."""
    if DAY.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    if "T" not in text.upper():
        raise ValueError(text)
    moment = datetime.fromisoformat(PLUS.sub("+", text))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def end_of_day(moment: datetime) -> datetime:
    """Return the beginning of the next day; after 9999-12-31 there is none."""
    return moment + min(timedelta(days=1), LATEST - moment)


def text_of(moment: datetime | None) -> str | None:
    """Return all digits, so that the text names the very moment."""
    return moment.astimezone(UTC).isoformat() if moment else None
