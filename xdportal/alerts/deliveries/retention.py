"""Delete finished deliveries after DELIVERY_RETENTION_DAYS, events after EVENT_RETENTION_DAYS."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from xdportal.alerts.models import Attempt, Delivery
from xdportal.catalog.models import Event

BATCH = 500


def prune_events(at: datetime) -> int:
    """Delete old events that are handled, and that no message still has to tell; return how many.

    Neither history nor a pin's state depends on them.
    """
    limit = at - timedelta(days=settings.EVENT_RETENTION_DAYS)
    untold = Delivery.events.through.objects.filter(event=OuterRef("pk"), delivery__ended_at=None)
    old = Event.objects.filter(~Exists(untold), at__lt=limit, handled_at__isnull=False)
    pruned = 0
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        Delivery.events.through.objects.filter(event__in=keys).delete()
        Event.objects.filter(pk__in=keys).delete()
        pruned += len(keys)
    return pruned


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
