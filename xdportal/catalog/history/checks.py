"""What checks came to, over time."""

from datetime import date, datetime

from django.db.models import Count
from django.db.models.functions import TruncDate

from xdportal.catalog.models import Catalog, Check


def recent_checks(catalog: Catalog, most: int = 48) -> list[Check]:
    """Return the last checks, oldest first, with their snapshots. One query."""
    checks = catalog.checks.select_related("snapshot").newest_first()[:most]
    return list(checks)[::-1]


def checks_by_day(catalog: Catalog, since: date) -> dict[date, int]:
    """Return the number of good checks by the viewer's day. One query."""
    good = catalog.checks.good().filter(started__date__gte=since)
    days = good.order_by().values_list(TruncDate("started"))
    return dict(days.annotate(number=Count("pk")))


def sizes(catalog: Catalog, most: int = 1000) -> list[tuple[datetime, int]]:
    """Return when each of the last snapshots was taken and its size, oldest first. One query."""
    rows = catalog.snapshots.newest_first().values_list("taken_at", "item_count")[:most]
    return list(rows)[::-1]
