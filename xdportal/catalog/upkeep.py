"""What keeps the database small and quick: old checks go, and the planner is told what is in the tables."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from xdportal.catalog.models import Check, Listing, Snapshot

BATCH = 5000


def prune_checks(now: datetime) -> int:
    """Deletes checks older than CHECK_RETENTION_DAYS; how many. Those that made a snapshot, the latest of a catalog and
    the one that holds an answer stay. No snapshot, difference or timeline depends on what goes."""
    # Of all that point to a snapshot the first made it, the others confirm it.
    earlier = Check.objects.filter(snapshot=OuterRef("snapshot"), pk__lt=OuterRef("pk"))
    old = (
        Check.objects.filter(started__lt=now - timedelta(days=settings.CHECK_RETENTION_DAYS))
        .filter(Q(snapshot=None) | Exists(earlier))
        .exclude(pk__in=Check.objects.filter(catalog__latest_check=F("pk")).values("pk"))
        .exclude(pk__in=Check.objects.filter(catalog__held__first_check=F("pk")).values("pk"))
    )
    pruned = 0
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        pruned += Check.objects.filter(pk__in=keys).delete()[0]
    return pruned


def analyze() -> None:
    """Tells the planner what is there. SQLite needs all of it; PostgreSQL would notice by itself, minutes too late."""
    tables = "" if connection.vendor == "sqlite" else ", ".join(model._meta.db_table for model in (Listing, Snapshot))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")
