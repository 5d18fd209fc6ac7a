"""The web process notices a dead scheduler: nobody else is left to.

A thread of each web process looks at the time of the last sweep; not a page, because page GETs write nothing, and
because a mail must not depend on somebody's visit. A conditional update makes several web processes tell it once.
"""

import logging
import time
from datetime import datetime
from threading import Thread

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from xdportal.accounts.models import User
from xdportal.catalog.models import Sweep
from xdportal.operations import health, mail

log = logging.getLogger(__name__)
# Seconds between two looks, after a mail that was not taken, and while the database is away.
USUAL, NO_MAIL, NO_DATABASE = 1, 60, 10


def start() -> None:
    Thread(target=_keep_looking, name="watch", daemon=True).start()


def _keep_looking() -> None:
    time.sleep(settings.SWEEP_PATIENCE)  # a worker that starts together with us has not swept before
    while True:
        close_old_connections()
        try:
            wait = USUAL if look(timezone.now()) else NO_MAIL
        except DatabaseError as error:
            log.warning("The watch cannot read the database: %s", error)
            wait = NO_DATABASE
        time.sleep(wait)


def look(at: datetime) -> bool:
    """Tells administrators by mail of a scheduler that has gone silent, and of its return. False: to be tried again."""
    sweep = Sweep.objects.first()
    if sweep is None:
        return True
    rows = Sweep.objects.filter(pk=sweep.pk, silence_told_at=sweep.silence_told_at)
    if health.is_silent(sweep, at) and sweep.silence_told_at is None:
        return not rows.filter(at=sweep.at).update(silence_told_at=at) or _told("silent", sweep)
    if not health.is_silent(sweep, at) and sweep.silence_told_at is not None:
        return not rows.update(silence_told_at=None) or _told("swept", sweep)
    return True


def _told(name: str, sweep: Sweep) -> bool:
    """False, and as if nothing had been told, when a mail was not taken."""
    people = User.objects.filter(is_superuser=True, is_active=True).exclude(email="")
    taken = [mail.send(person, name, {"at": sweep.at}) for person in people]
    if not all(taken):
        Sweep.objects.filter(pk=sweep.pk).update(silence_told_at=sweep.silence_told_at)
    return all(taken)
