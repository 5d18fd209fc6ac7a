"""Delete finished deliveries after DELIVERY_RETENTION_DAYS."""

from datetime import datetime, timedelta

from django.conf import settings

from xdportal.alerts.models import Attempt, Delivery

BATCH = 500


def prune(at: datetime) -> int:
    """Delete old deliveries with their attempts; return how many."""
    limit = at - timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    old = Delivery.objects.filter(ended_at__lt=limit).order_by("pk")
    pruned = 0
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        Attempt.objects.filter(delivery__in=keys).delete()
        Delivery.objects.filter(pk__in=keys).delete()
        pruned += len(keys)
    return pruned
