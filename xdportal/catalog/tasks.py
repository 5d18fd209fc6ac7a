"""The worker's side: a sweep that sends ids, and a task that checks one connection's due lists."""

import random
from contextlib import ExitStack
from datetime import datetime, timedelta

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
from xdportal.catalog.models.catalog import CatalogQuerySet
from xdportal.celery import task
from xdportal.connections.models import Connection
from xdportal.connections.shares import put_off, share_of_check
from xdportal.lib import threads

log = get_task_logger(__name__)
BATCH = 500  # lists a sweep: 100,000 that are checked every half hour need 278
CHOICE, AT_ONCE = 64, 8  # of so many that are due, a thread takes so many before it looks again


@task
def sweep() -> int:
    """Send the connections with lists that are due; return how many messages were sent.

    One transaction claims them all, so two sweeps send each once.
    """
    now = timezone.now()
    Sweep.note(now)
    due = Catalog.objects.due(now).not_queued(now).order_by("next_check_at")
    connections = set(due.values_list("connection_id", flat=True)[:BATCH])
    return sum(map(_send, _claim(connections, now)))


@task
def check_connection(connection_id: int) -> list[str]:
    """Check what is due of a connection; a doubled message finds nothing due.

    While another thread is idle, this one goes on with what else is due of the same team or
    account: no message has to be written for that. Otherwise it leaves its thread to whoever
    waits, and sends the next.
    """
    connection = _read(connection_id)
    if connection is None:
        return []
    with ExitStack() as at_the_end:
        at_the_end.callback(queue_next, connection)  # after an error, too
        outcomes = _check(connection)
        if outcomes is None:
            at_the_end.pop_all()
            _put_off(connection)
            return []
        while threads.is_one_idle():
            following = _check_others(connection)
            if not following:
                at_the_end.pop_all()
                break
            outcomes += following
    return outcomes


def _read(connection_id: int) -> Connection | None:
    """Return the connection with its owner, for whom its credential is sealed."""
    return Connection.objects.select_related("owner").filter(pk=connection_id).first()


def _check(connection: Connection) -> list[str] | None:
    """Return the outcomes; None if the team or the account has its share of this worker's
    threads.
    """
    with share_of_check(connection) as has_share:
        if not has_share:
            return None
        put_off.forget(connection)
        checked = engine.check_due(connection, timezone.now())
    return [record["outcome"] for record in checked]


def _check_others(connection: Connection) -> list[str]:
    """Check what is due of some others of the same team or account; return the outcomes.

    Whether a message is on its way for them doesn't matter: it will find nothing due. Which of the
    oldest are taken is left to chance, because several threads and workers look at once.
    """
    due = _due_beside(connection, timezone.now())
    oldest = list(dict.fromkeys(due.values_list("connection_id", flat=True)[:CHOICE]))
    outcomes: list[str] = []
    for key in random.sample(oldest, min(len(oldest), AT_ONCE)):
        other = _read(key)
        if other is None or (outcomes and not threads.is_one_idle()):
            continue
        outcomes += _check(other) or []
    return outcomes


def _put_off(connection: Connection) -> None:
    """Leave it to the next check that ends here, without a write. If there is none (tests of
    credentials and messages have the share, too), let the sweep send it again.
    """
    if not put_off.add(connection):
        put_off.forget(connection)
        Catalog.objects.filter(connection=connection).update(queued_until=None)


def queue_next(connection: Connection) -> None:
    """Send another connection of the same team or account that is due: one that was put off here,
    else one without a message.
    """
    put_off_here = put_off.take(connection)
    if put_off_here is not None:
        _send(put_off_here)
        return
    now = timezone.now()
    first = _due_beside(connection, now).not_queued(now).first()
    if first is not None:
        queue_checks(first.connection_id)


def _due_beside(connection: Connection, at: datetime) -> CatalogQuerySet:
    """Return the lists due of other connections of the same team or account, oldest first."""
    same_team = Q(connection__team=connection.team_id)
    same_account = Q(
        connection__environment=connection.environment,
        connection__account_id=connection.account_id,
    )
    due = Catalog.objects.due(at).filter(same_team | same_account)
    return due.exclude(connection=connection).order_by("next_check_at")


@task
def daily() -> int:
    """Delete old checks and dead sessions, and refresh the planner's statistics."""
    accounts.forget(timezone.now())
    pruned = retention.prune_checks(timezone.now())
    retention.analyze()
    return pruned


def queue_checks(connection_id: int) -> bool:
    """Return whether this call sent the message."""
    return any(map(_send, _claim({connection_id}, timezone.now())))


@transaction.atomic
def _claim(connections: set[int], at: datetime) -> list[int]:
    """Note that a message is on its way for what is due of these connections; return those of
    which something is, and whose message nobody else sends.
    """
    if not connections:
        return []
    free = Catalog.objects.due(at).not_queued(at).filter(connection__in=connections)
    locked = free.order_by("pk").select_for_update(of=("self",))
    found = dict(locked.values_list("pk", "connection_id"))
    until = at + timedelta(seconds=settings.MESSAGE_LIFE)
    Catalog.objects.filter(pk__in=found).update(queued_until=until)
    return list(dict.fromkeys(found.values()))


def _send(connection_id: int) -> bool:
    """Return whether the broker took the message. If it is away, a later sweep sends again."""
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
