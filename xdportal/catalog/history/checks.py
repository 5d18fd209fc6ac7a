"""What checks came to, over time."""

from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from xdportal.catalog.models import Catalog, Check
from xdportal.lib.composed import Composed

MOST_SIZES = 1000  # of which the line of a list's size is drawn


def recent_checks(catalog: Catalog, most: int = 48) -> list[Check]:
    """Return the last checks, oldest first, with their snapshots. One query."""
    return LAST.rows(most, catalog=catalog.pk)[::-1]


def _last(most: int, catalog: Any) -> QuerySet[Check]:
    return Check.objects.filter(catalog=catalog).select_related("snapshot").newest_first()[:most]


LAST = Composed(_last)


def checks_by_day(catalog: Catalog, since: date) -> dict[date, int]:
    """Return the number of good checks by the viewer's day. One query."""
    midnight = timezone.make_aware(datetime.combine(since, time()))
    good = catalog.checks.good().filter(started__gte=midnight)
    days = good.order_by().values_list(TruncDate("started"))
    return dict(days.annotate(number=Count("pk")))


def sizes(catalog: Catalog) -> list[tuple[datetime, int]]:
    """Return when each of the last snapshots was taken and its size, oldest first. One query."""
    rows = catalog.snapshots.newest_first().values_list("taken_at", "item_count")[:MOST_SIZES]
    return list(rows)[::-1]
