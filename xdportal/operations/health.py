"""Whether the portal can do its work. Read by /readyz, /metrics and whoever watches."""

import logging
import time
from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from kombu.exceptions import OperationalError

from xdportal.catalog.models import Sweep
from xdportal.celery import app

log = logging.getLogger(__name__)
REMEMBERED = 2  # seconds


class _Memory:
    """What this process found out last: many probes cost as much as one."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget()

    def forget(self) -> None:
        self.found: dict[str, bool] = {}
        self.until = 0.0  # of time.monotonic()
        self.is_migrated = False


memory = _Memory()


def recent_readiness() -> dict[str, bool]:
    """Return the readiness of the last two seconds; only one thread asks at a time."""
    with memory.lock:
        if time.monotonic() >= memory.until:
            memory.found = readiness()
            memory.until = time.monotonic() + REMEMBERED
        return memory.found


def readiness() -> dict[str, bool]:
    """Return each part and whether it is in order.

    Without a database nothing else can be asked.
    """
    try:
        migrated = _is_migrated()
        swept = migrated and not is_silent(Sweep.objects.first(), timezone.now())
    except (DatabaseError, InterfaceError):
        return {"database": False, "migrations": False, "broker": False, "sweep": False}
    return {"database": True, "migrations": migrated, "broker": _broker(), "sweep": swept}


def _is_migrated() -> bool:
    """Return whether no migration is missing. A process that has seen it doesn't ask again."""
    if not memory.is_migrated:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        memory.is_migrated = not plan
    return memory.is_migrated


def is_silent(sweep: Sweep | None, at: datetime) -> bool:
    """Whether the scheduler counts as dead. A sweep in the future proves nothing."""
    patience = timedelta(seconds=settings.SWEEP_PATIENCE)
    return sweep is None or not at - patience <= sweep.at <= at + patience


def queue_length() -> int | None:
    """Return how many messages wait, whatever the broker; None if it does not answer."""
    with app.connection_for_read(connect_timeout=2) as link:
        try:
            with link.channel() as channel:
                # As celery declares it: RabbitMQ refuses any other
                queue = channel.queue_declare(
                    app.conf.task_default_queue, durable=True, auto_delete=False
                )
                return int(queue.message_count)
        except (OperationalError, *link.connection_errors, *link.channel_errors) as error:
            log.warning("The broker does not say how long its queue is: %s", error)
            return None


def _broker() -> bool:
    try:
        with app.connection_for_write(connect_timeout=2) as link:
            link.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return False
    return True
