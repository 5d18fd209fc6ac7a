"""The worker's side: a sweep that sends ids, and a task that checks one connection's due lists."""

from datetime import timedelta

from celery.utils.log import get_task_logger
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from xdportal.accounts import retention as accounts
from xdportal.catalog import retention
from xdportal.catalog.checks import engine
from xdportal.catalog.models import Catalog, Sweep
from xdportal.celery import task
from xdportal.connections.models import Connection
from xdportal.connections.shares import share_of

log = get_task_logger(__name__)
BATCH = 500  # connections a sweep: 100,000 that are checked every half hour need 278


@task
def sweep() -> int:
    """Send the connections with lists that are due; return how many messages were sent.

    Each catalog is claimed by a conditional update, so two sweeps send it once.
    """
    now = timezone.now()
    Sweep.note(now)
    due = Catalog.objects.due(now).not_queued(now).order_by("next_check_at")
    connections = dict.fromkeys(due.values_list("connection_id", flat=True)[:BATCH])
    return sum(queue_checks(connection_id) for connection_id in connections)


@task
def check_connection(connection_id: int) -> list[str]:
    """Check what is due of a connection; a doubled message finds nothing due.

    If its team or account has its share of this worker's threads, whichever of their checks ends
    first sends it again.
    """
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        return []
    with share_of(connection) as has_share:
        if not has_share:
            Catalog.objects.filter(connection=connection).update(queued_until=None)
            return []
        checked = engine.check_due(connection_id, timezone.now())
    queue_next(connection)
    return [record["outcome"] for record in checked]


def queue_next(connection: Connection) -> None:
    """Send another connection of the same team or account that is due."""
    now = timezone.now()
    same_team = Q(connection__team=connection.team_id)
    same_account = Q(
        connection__environment=connection.environment,
        connection__account_id=connection.account_id,
    )
    due = Catalog.objects.due(now).not_queued(now).filter(same_team | same_account)
    first = due.exclude(connection=connection).order_by("next_check_at").first()
    if first is not None:
        queue_checks(first.connection_id)


@task
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
    free = Catalog.objects.due(now).not_queued(now).filter(connection=connection_id)
    keys = list(free.values_list("pk", flat=True))
    claimed = Catalog.objects.filter(pk__in=keys).not_queued(now)
    if not claimed.update(queued_until=now + timedelta(seconds=settings.MESSAGE_LIFE)):
        return False
    try:
        check_connection.apply_async((connection_id,), expires=settings.MESSAGE_LIFE, retry=False)
    except OperationalError as error:
        log.warning("The broker did not take a check: %s", error)
        return False
    return True


def check_now(catalog: Catalog) -> None:
    """Make a list due, and queue it after the transaction commits."""
    due_now = {"next_check_at": timezone.now(), "queued_until": None}
    Catalog.objects.filter(pk=catalog.pk).update(**due_now)
    transaction.on_commit(lambda: queue_checks(catalog.connection_id))
