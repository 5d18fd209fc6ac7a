"""Sessions in the database, stored under a hash of their key.

The database and its backups contain no key that a browser could send.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from xdportal.lib.composed import Composed

BEGAN = "began"  # Unix time of signing in; a session ends SESSION_COOKIE_AGE later at the latest
NOTED_EVERY = 24  # use is noted again after this fraction of the idle time


def stored_key(key: str) -> str:
    """Return a session's key as the database stores it, in the 40 characters of the column."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()[:40]


def _living(key: Any, now: Any) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


LIVING = Composed(_living)


class SessionStore(DatabaseStore):
    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def load(self) -> dict[str, Any]:
        """Read the session. If due, note its use by an update of its expiry alone."""
        row = self._row()
        if row is None:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(row.session_data)
        self._keep_alive(row, data)
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.session_key = stored_key(row.session_key)
        row.expire_date = min(row.expire_date, _idle_end(data, row.expire_date))
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored_key(key))

    def _row(self) -> Session | None:
        if self.session_key is None:
            return None
        rows = LIVING.rows(key=stored_key(self.session_key), now=timezone.now())
        return next(iter(rows), None)

    def _keep_alive(self, row: Session, data: dict[str, Any]) -> None:
        wanted = _idle_end(data, row.expire_date)
        if wanted - row.expire_date < timedelta(hours=settings.SESSION_IDLE_HOURS) / NOTED_EVERY:
            return
        try:
            with transaction.atomic():
                Session.objects.filter(pk=row.pk, expire_date=row.expire_date).update(
                    expire_date=wanted
                )
        except OperationalError:
            return  # locked, or the disk is full: the page can still be read


def _idle_end(data: dict[str, Any], otherwise: datetime) -> datetime:
    """Return when the session ends unless it is used again."""
    if BEGAN not in data:
        return otherwise
    longest = datetime.fromtimestamp(
        data[BEGAN] + settings.SESSION_COOKIE_AGE, tz=timezone.get_current_timezone()
    )
    return min(longest, timezone.now() + timedelta(hours=settings.SESSION_IDLE_HOURS))
