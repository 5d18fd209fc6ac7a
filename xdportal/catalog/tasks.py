"""The worker's side: a sweep that sends ids, and a task that checks one connection's due lists."""

from datetime import timedelta

from celery.utils.log import get_task_logger
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from xdportal.accounts import retention as accounts
from xdportal.catalog import retention
from xdportal.catalog.checks import engine
from xdportal.catalog.models import Catalog, Sweep
from xdportal.celery import app

log = get_task_logger(__name__)
BATCH = 200


@app.task  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Send the connections with lists that are due; return how many messages were sent.

    Each catalog is claimed by a conditional update, so two sweeps send it once.
    """
    now = timezone.now()
    Sweep.note(now)
    due = Catalog.objects.due(now).exclude(queued_until__gt=now).order_by("next_check_at")
    connections = dict.fromkeys(due.values_list("connection_id", flat=True)[:BATCH])
    return sum(queue_checks(connection_id) for connection_id in connections)


@app.task  # type: ignore[untyped-decorator]
def check_connection(connection_id: int) -> list[str]:
    """Check what is due of a connection; a doubled message finds nothing due."""
    checked = engine.check_due(connection_id, timezone.now())
    return [record["outcome"] for record in checked]


@app.task  # type: ignore[untyped-decorator]
def daily() -> int:
    """Delete old checks and dead sessions, and refresh the planner's statistics."""
    accounts.forget(timezone.now())
    pruned = retention.prune_checks(timezone.now())
    retention.analyze()
    return pruned


def queue_checks(connection_id: int) -> bool:
    """Return whether this call sent the message.

    A broker that is away loses nothing: the next sweep sends again.
    """
    now = timezone.now()
    free = Catalog.objects.due(now).filter(connection=connection_id).exclude(queued_until__gt=now)
    keys = list(free.values_list("pk", flat=True))
    claimed = Catalog.objects.filter(pk__in=keys).exclude(queued_until__gt=now)
    if not claimed.update(queued_until=now + timedelta(seconds=settings.MESSAGE_LIFE)):
        return False
    try:
        check_connection.apply_async((connection_id,), expires=settings.MESSAGE_LIFE, retry=False)
    except OperationalError as error:
        log.warning("The broker did not take a check: %s", error)
        return False
    return True


def check_now(catalog: Catalog) -> None:
    """Make a list due, and queue it once the transaction is through."""
    due_now = {"next_check_at": timezone.now(), "queued_until": None}
    Catalog.objects.filter(pk=catalog.pk).update(**due_now)
    transaction.on_commit(lambda: queue_checks(catalog.connection_id))
