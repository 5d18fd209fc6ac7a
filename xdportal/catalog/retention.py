"""What keeps the database small and quick: old checks go, and the planner gets its statistics."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q

from xdportal.catalog.models import LISTINGS, Catalog, Check, QuarantinedAnswer, Snapshot

BATCH = 5000


def prune_checks(now: datetime) -> int:
    """Delete checks older than CHECK_RETENTION_DAYS; return how many.

    Those that made a snapshot, the latest of a catalog and the first of a waiting answer stay. No
    snapshot, difference or timeline depends on what goes.
    """
    # Of all checks that point to a snapshot the first made it, the others confirm it.
    earlier = Check.objects.filter(snapshot=OuterRef("snapshot"), pk__lt=OuterRef("pk"))
    latest = Catalog.objects.filter(latest_check=OuterRef("pk"))
    waiting = QuarantinedAnswer.objects.filter(first_check=OuterRef("pk"))
    limit = now - timedelta(days=settings.CHECK_RETENTION_DAYS)
    old = Check.objects.filter(Q(snapshot=None) | Exists(earlier), started__lt=limit)
    old = old.filter(~Exists(latest), ~Exists(waiting))
    pruned = 0
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        pruned += Check.objects.filter(pk__in=keys).delete()[0]
    return pruned


def analyze() -> None:
    """Gather the planner's statistics.

    SQLite needs all of it; PostgreSQL would notice by itself, minutes too late.
    """
    models: set[type[Model]] = {*LISTINGS.values(), Snapshot}
    tables = ", ".join(sorted(model._meta.db_table for model in models))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else f"ANALYZE {tables}")
