"""Times as people say them."""

from datetime import datetime, timedelta

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


def full(local: datetime) -> str:
    """Return the time to the second, with its offset."""
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


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
