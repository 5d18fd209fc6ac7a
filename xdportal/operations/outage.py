"""Outages that the portal explains instead of answering with a server error."""

import errno
import sys
from collections.abc import Iterator
from enum import Enum

from django.db import InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as BrokerError

FULL_DISK = "53100"  # PostgreSQL's code
SQLITE = {
    "SQLITE_FULL": "FULL",
    "SQLITE_IOERR": "FULL",  # also without room for the files beside the database
    "SQLITE_READONLY": "FULL",
    "SQLITE_CANTOPEN": "AWAY",
    "SQLITE_BUSY": "BUSY",
    "SQLITE_LOCKED": "BUSY",
}


class Outage(Enum):
    FULL = _(
        "The portal’s disk is full, so nothing can be saved now. What you sent was not saved. "
        "Pages can still be read. Please tell an administrator."
    )
    BUSY = _("The database is busy. What you sent was not saved. Please try again in a moment.")
    AWAY = _("The database doesn’t answer at the moment. Nothing was changed. Please try again.")
    QUEUE = _("The queue doesn’t answer at the moment. Please try again.")

    @property
    def sentence(self) -> Promise:
        return self.value


def outage_of(error: BaseException | None) -> Outage | None:
    """Return the outage that the exception comes from, or None for a fault of ours."""
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
            return Outage.FULL
        if isinstance(cause, OperationalError | InterfaceError):
            return _of_database(cause)
        if _is_of_the_queue(cause):
            return Outage.QUEUE
    return None


def _is_of_the_queue(error: BaseException) -> bool:
    """Whether the broker raised it, or Redis, whose library is loaded only where it is in use."""
    redis = sys.modules.get("redis.exceptions")
    return isinstance(error, BrokerError) or (
        redis is not None and isinstance(error, redis.RedisError)
    )


def _of_database(error: OperationalError | InterfaceError) -> Outage | None:
    driver = error.__cause__
    name = getattr(driver, "sqlite_errorname", None)
    if name is not None:
        return _of_sqlite(name)
    is_full = getattr(driver, "sqlstate", None) == FULL_DISK
    return Outage.FULL if is_full else Outage.AWAY


def _of_sqlite(name: str) -> Outage | None:
    for prefix, outage in SQLITE.items():
        if name.startswith(prefix):
            return Outage[outage]
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
