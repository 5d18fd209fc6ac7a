"""Times as people say them."""

import re
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
# What people write for them, in both languages.
UNIT_WORDS = {
    **dict.fromkeys(("", "s", "sec", "second", "seconds", "秒"), "s"),
    **dict.fromkeys(("m", "min", "minute", "minutes", "分", "分钟"), "min"),
    **dict.fromkeys(("h", "hour", "hours", "小时", "时"), "h"),
    **dict.fromkeys(("d", "day", "days", "天", "日"), "d"),
}
LENGTH = re.compile(r"\s*(\d{1,9})\s*([^\W\d_]*)\s*")


def seconds_of(text: str) -> int | None:
    """Return the length that `30 min` or `2 小时` names; a bare number is seconds."""
    match = LENGTH.fullmatch(text.lower())
    unit = UNIT_WORDS.get(match[2]) if match else None
    return int(match[1]) * UNITS[unit] if match and unit else None


def short_length(seconds: int) -> str:
    """Return `30 min`: the largest unit of which it is a whole number."""
    unit = max((unit for unit in UNITS if seconds % UNITS[unit] == 0), key=UNITS.__getitem__)
    names = {"s": _("s"), "min": _("min"), "h": _("h"), "d": _("d")}
    return f"{seconds // UNITS[unit]} {names[unit]}"


def relative(at: datetime, now: datetime) -> str:
    """Return `4 min ago` or `in 26 min`; within five seconds it is `just now`."""
    if abs(at - now) < timedelta(seconds=5):
        return _("just now") if at <= now else _("due now")
    return (_("%(span)s ago") if at < now else _("in %(span)s")) % {"span": span(abs(at - now))}


def span(length: timedelta) -> str:
    """Return the length in whole units of the largest unit that fits."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return ngettext("%(n)d s", "%(n)d s", seconds) % {"n": seconds}
    if seconds < 3600:
        return ngettext("%(n)d min", "%(n)d min", seconds // 60) % {"n": seconds // 60}
    if seconds < 2 * 86400:
        return ngettext("%(n)d h", "%(n)d h", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)d d", "%(n)d d", seconds // 86400) % {"n": seconds // 86400}


def short(local: datetime, now: datetime) -> str:
    """Return `05:35` for today, `Tue 18:02` within the last week, else the date. Both are local."""
    days = (now.date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if 0 < days < 7:
        return f"{WEEKDAYS[local.weekday()]} {local:%H:%M}"
    return f"{local:%Y-%m-%d}"


def day(at: datetime) -> str:
    """Return the date in the active zone."""
    return f"{timezone.localtime(at):%Y-%m-%d}"


def minute(at: datetime) -> str:
    """Return `2026-11-25 05:41`, in the active zone."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def second(at: datetime) -> str:
    """Return `2026-11-25 05:41:07`, in the active zone."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def full(at: datetime) -> str:
    """Return the time to the second, with the offset of the active zone: for where none is said."""
    return f"{second(at)} {offset(at)}"


def offset(at: datetime) -> str:
    """Return `+08:00`, as it is at this time in the active zone."""
    digits = timezone.localtime(at).strftime("%z")
    return f"{digits[:3]}:{digits[3:5]}"


def every(length: timedelta) -> str:
    """Return a period in words, in the largest unit of which it is a whole number."""
    seconds = int(length.total_seconds())
    if seconds % 86400 == 0:
        n = seconds // 86400
        return ngettext("every day", "every %(n)d days", n) % {"n": n}
    if seconds % 3600 == 0:
        n = seconds // 3600
        return ngettext("every hour", "every %(n)d hours", n) % {"n": n}
    if seconds % 60 == 0:
        n = seconds // 60
        return ngettext("every minute", "every %(n)d minutes", n) % {"n": n}
    return ngettext("every second", "every %(n)d seconds", seconds) % {"n": seconds}
