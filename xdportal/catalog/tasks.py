"""The worker's side: a sweep that sends ids, and a task that checks one."""

from datetime import timedelta

from celery.utils.log import get_task_logger
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from xdportal.accounts import retention as people
from xdportal.catalog import upkeep
from xdportal.catalog.models import Catalog, Sweep
from xdportal.catalog.refresh import refresh
from xdportal.celery import app

log = get_task_logger(__name__)
BATCH = 200


@app.task  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Sends what is due, in batches; each catalog is claimed by a conditional update, so two sweeps send it once."""
    now = timezone.now()
    Sweep.objects.update_or_create(pk=1, defaults={"at": now})
    due = Catalog.objects.due(now).exclude(queued_until__gt=now).order_by("next_check_at")
    return sum(queue_check(pk) for pk in due.values_list("pk", flat=True)[:BATCH])


@app.task  # type: ignore[untyped-decorator]
def check_catalog(catalog_id: int) -> str:
    """Checks the catalog if it is still due; a doubled message finds that it is not."""
    catalog = Catalog.objects.select_related("connection").filter(pk=catalog_id).first()
    return refresh(catalog, only_if_due=True).outcome if catalog is not None else "skipped"


@app.task  # type: ignore[untyped-decorator]
def daily() -> int:
    """Old checks and dead sessions go, and the planner learns what is there."""
    people.forget(timezone.now())
    pruned = upkeep.prune_checks(timezone.now())
    upkeep.analyze()
    return pruned


def queue_check(catalog_id: int) -> bool:
    """Whether this call sent the message. A broker that is away loses nothing: the next sweep sends again."""
    now = timezone.now()
    free = Catalog.objects.filter(pk=catalog_id).exclude(queued_until__gt=now)
    if not free.update(queued_until=now + timedelta(seconds=settings.MESSAGE_LIFE)):
        return False
    try:
        check_catalog.apply_async((catalog_id,), expires=settings.MESSAGE_LIFE, retry=False)
    except OperationalError as error:
        log.warning("The broker did not take a check: %s", error)
        return False
    return True


def check_now(catalog: Catalog) -> None:
    """Makes the catalog due and has a worker told once the transaction is through."""
    Catalog.objects.filter(pk=catalog.pk).update(next_check_at=timezone.now(), queued_until=None)
    transaction.on_commit(lambda: queue_check(catalog.pk))
