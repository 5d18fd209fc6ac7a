"""Mails that wait for the worker."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

# Minutes before each further attempt; after the last one the mail is given up.
WAITS = (1, 5, 15, 60, 240)
FURTHEST = timedelta(minutes=max(WAITS) + 1)


class QueuedMailQuerySet(models.QuerySet["QueuedMail"]):
    def due(self, at: datetime) -> "QueuedMailQuerySet":
        """Return what is to be sent now.

        A time that no wait leads to was written by a clock that ran ahead.
        """
        return self.filter(Q(next_try__lte=at) | Q(next_try__gt=at + FURTHEST))


class QueuedMail(models.Model):
    """A mail in its final words. It is sealed: it may hold a link that lets someone in."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    sealed = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(db_index=True)
    problem = models.CharField(max_length=200, blank=True, default="")  # of the last attempt

    objects: ClassVar[Any] = QueuedMailQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def context(self) -> list[str]:
        """Return what the sealed text is bound to."""
        return ["accounts.QueuedMail", "sealed", str(self.uuid)]

    def seal(self, parts: dict[str, Any]) -> None:
        self.sealed = settings.CREDENTIAL_KEYRING.seal(json.dumps(parts), self.context)

    def open(self) -> dict[str, Any]:
        """Return the mail's parts; raise CannotOpen without their key."""
        text = settings.CREDENTIAL_KEYRING.open(self.sealed, self.context)
        return dict(json.loads(text))

    def claim(self, at: datetime) -> bool:
        """Count one more attempt; False if another worker was faster."""
        unclaimed = QueuedMail.objects.filter(pk=self.pk, attempts=self.attempts)
        wait = WAITS[min(self.attempts, len(WAITS) - 1)]
        next_try = at + timedelta(minutes=wait)
        if not unclaimed.update(attempts=self.attempts + 1, next_try=next_try):
            return False
        self.attempts += 1
        self.next_try = next_try
        return True

    @property
    def is_last_attempt(self) -> bool:
        return self.attempts > len(WAITS)
