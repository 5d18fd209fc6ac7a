"""What owners and managers can do with a suspect answer that is waiting."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from xdportal.catalog.checks import events
from xdportal.catalog.checks.run import NO_LEASE, Run
from xdportal.catalog.compare import Changed
from xdportal.catalog.models import Catalog, Event, QuarantinedAnswer, Snapshot


@transaction.atomic
def accept(catalog: Catalog, at: datetime) -> Snapshot | None:
    """Record the waiting answer at once; None when there is none any more.

    A check that is running loses its lease: it compares with a list that is no longer the latest.
    """
    Catalog.objects.select_for_update().get(pk=catalog.pk)
    if not QuarantinedAnswer.objects.filter(catalog=catalog).exists():
        return None
    run = _take_over(catalog, at)
    waiting = run.catalog.quarantined_answer
    assert waiting is not None  # noqa: S101
    current = catalog.listings.current().lines()
    change = Changed(current, waiting.lines, bytes(waiting.digest))
    return run.accept(waiting, change, at)


@transaction.atomic
def discard(catalog: Catalog, at: datetime) -> bool:
    """Drop the waiting answer, and the lease of a check that may be about to confirm it."""
    waiting = QuarantinedAnswer.objects.filter(catalog=catalog).first()
    if waiting is None:
        return False
    waiting.delete()
    Catalog.objects.filter(pk=catalog.pk).update(next_check_at=at, **NO_LEASE)
    events.of_catalog(
        catalog, Event.Type.CATALOG_RELEASED, at, how="discarded", reason=waiting.reason
    )
    return True


def _take_over(catalog: Catalog, at: datetime) -> Run:
    holder = uuid.uuid4().hex
    Catalog.objects.filter(pk=catalog.pk).update(
        lease_holder=holder,
        lease_started=at,
        lease_until=at + timedelta(seconds=settings.LEASE_SECONDS),
    )
    catalogs = Catalog.objects.select_related("connection__team", "latest_snapshot", "quarantined")
    return Run(catalogs.get(pk=catalog.pk), holder, at)
