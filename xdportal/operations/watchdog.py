"""The web process notices a dead scheduler: nobody else is left to.

A thread of each web process looks at the time of the last sweep; not a page, because page GETs
write nothing, and because a mail must not wait for a visitor. A conditional update makes
several web processes send it once.
"""

import logging
import time
import uuid
import zoneinfo
from datetime import datetime
from threading import Thread

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from xdportal.accounts.models import User
from xdportal.alerts.channels import sending
from xdportal.alerts.channels.base import Config, State
from xdportal.alerts.channels.message import Entry, Level, Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.registry import MAIL
from xdportal.catalog.models import Sweep
from xdportal.lib import dates
from xdportal.operations import health

log = logging.getLogger(__name__)
# Seconds between two looks, after a mail that was not taken, and while the database is away.
USUAL, NO_MAIL, NO_DATABASE = 1, 60, 10


def start() -> None:
    Thread(target=_keep_looking, name="watchdog", daemon=True).start()


def _keep_looking() -> None:
    # A worker that starts together with us has not swept yet.
    time.sleep(settings.SWEEP_PATIENCE)
    while True:
        close_old_connections()
        try:
            wait = USUAL if look(timezone.now()) else NO_MAIL
        except DatabaseError as error:
            log.warning("The watchdog cannot read the database: %s", error)
            wait = NO_DATABASE
        time.sleep(wait)


def look(at: datetime) -> bool:
    """Mail administrators when the scheduler has gone silent, and when it runs again.

    Return False if a mail could not be sent: look again later.
    """
    sweep = Sweep.objects.first()
    if sweep is None:
        return True
    is_silent = health.is_silent(sweep, at)
    is_reported = sweep.silence_told_at is not None
    if is_silent == is_reported:
        return True
    if not _claim(sweep, at if is_silent else None):
        return True
    return _notify("silent" if is_silent else "swept", sweep)


def _claim(sweep: Sweep, silence_told_at: datetime | None) -> bool:
    """Write down what is about to be mailed; return False if another process was first."""
    rows = Sweep.objects.filter(pk=sweep.pk, silence_told_at=sweep.silence_told_at)
    if silence_told_at is not None:
        rows = rows.filter(at=sweep.at)  # or the scheduler has run since
    return bool(rows.update(silence_told_at=silence_told_at))


def _notify(name: str, sweep: Sweep) -> bool:
    """Return False, and take the note back, if a mail could not be sent."""
    people = User.objects.filter(is_superuser=True, is_active=True).exclude(email="")
    taken = [_mail(person, name, sweep) for person in people]
    if not all(taken):
        Sweep.objects.filter(pk=sweep.pk).update(silence_told_at=sweep.silence_told_at)
    return all(taken)


def _mail(person: User, name: str, sweep: Sweep) -> bool:
    """Send it by the alerts' own mail, without a delivery: those need the scheduler."""
    zone = zoneinfo.ZoneInfo(person.time_zone or settings.TIME_ZONE)
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(zone):
        title, sentence, level = _silent(sweep) if name == "silent" else _back()
    message = Message(
        title=title,
        link=f"{settings.SITE_URL}/",
        timestamp=timezone.now(),
        entries=(Entry(level, sentence),),
        language=language,
    )
    verdict = sending.send(MAIL, Config(person.email), message, uuid.uuid4().hex, timezone.now())
    is_taken = verdict.state is State.SENT or verdict.reason is Reason.NO_SERVER
    if not is_taken:
        log.warning("A mail about the scheduler was not taken: %s", verdict.detail)
    return is_taken


def _silent(sweep: Sweep) -> tuple[str, str, Level]:
    parts = [
        _("The scheduler last ran at %(at)s."),
        _("The lists are kept. Make sure that a worker is running, and look at its log."),
        _("You will get another mail when it runs again."),
    ]
    at = dates.full(sweep.at)
    title = _("The scheduler is silent: nothing is being checked")
    return title, " ".join(parts) % {"at": at}, Level.CRITICAL


def _back() -> tuple[str, str, Level]:
    title = _("The scheduler runs again")
    return title, _("Everything that became due in the meantime is being checked now."), Level.INFO
