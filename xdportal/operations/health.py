"""Whether the portal can do its work. Read by /readyz, /metrics and whoever watches."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from kombu.exceptions import OperationalError

from xdportal.catalog.models import Sweep
from xdportal.celery import app

log = logging.getLogger(__name__)


def readiness() -> dict[str, bool]:
    """Each part and whether it is in order; without a database nothing else can be asked."""
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        swept = migrated and not is_silent(Sweep.objects.first(), timezone.now())
    except DatabaseError:
        return {"database": False, "migrations": False, "broker": False, "sweep": False}
    return {"database": True, "migrations": migrated, "broker": _broker(), "sweep": swept}


def is_silent(sweep: Sweep | None, at: datetime) -> bool:
    """Whether the scheduler counts as dead."""
    return sweep is None or sweep.at < at - timedelta(seconds=settings.SWEEP_PATIENCE)


def queue_length() -> int | None:
    """Messages that wait, of any broker; None when it does not answer."""
    with app.connection_for_read(connect_timeout=2) as link:
        try:
            with link.channel() as channel:
                return int(channel.queue_declare(app.conf.task_default_queue).message_count)
        except (OperationalError, *link.connection_errors, *link.channel_errors) as error:
            log.warning("The broker does not tell how long its queue is: %s", error)
            return None


def _broker() -> bool:
    try:
        with app.connection_for_write(connect_timeout=2) as link:
            link.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return False
    return True
