from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import models

from xdportal.connections.models.connection import Connection
from xdportal.lib import dates
from xdportal.lib.redaction import redact
from xdportal.provider.envelope import MAX_MSG, MAX_TRACE_ID
from xdportal.provider.errors import Details


class CredentialTest(models.Model):
    """The latest test of a connection's credential. A worker runs it, the page shows its result."""

    WORKED = "ok"  # otherwise `outcome` is a provider error's, or this:
    NOT_RUN = "not_run"

    class State(StrEnum):
        WAITING = "waiting"
        RUNNING = "running"
        LOST = "lost"  # no worker took it up, or the one that did has died
        WORKS = "works"
        FAILED = "failed"

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, related_name="credential_test", primary_key=True
    )
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    images = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=16, blank=True, default="")
    reason = models.CharField(max_length=20, blank=True, default="")
    http_status = models.PositiveSmallIntegerField(null=True)
    code = models.BigIntegerField(null=True)
    msg = models.CharField(max_length=MAX_MSG, blank=True, default="")
    trace_id = models.CharField(max_length=MAX_TRACE_ID, blank=True, default="")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{dates.second(self.asked_at)} {self.outcome}"

    @classmethod
    def of(cls, connection: Connection) -> "CredentialTest | None":
        return cls.objects.filter(connection=connection).first()

    def state(self, at: datetime) -> State:
        if self.ended_at is not None:
            return self.State.WORKS if self.outcome == self.WORKED else self.State.FAILED
        patience = timedelta(seconds=settings.MESSAGE_LIFE + settings.LEASE_SECONDS)
        if not at - patience < self.asked_at <= at + timedelta(seconds=5):
            return self.State.LOST
        return self.State.WAITING if self.started_at is None else self.State.RUNNING

    def is_open(self, at: datetime) -> bool:
        return self.state(at) in {self.State.WAITING, self.State.RUNNING}

    def begin(self, at: datetime) -> bool:
        """Return False if another worker has it, or the credential was replaced."""
        waiting = CredentialTest.objects.filter(pk=self.pk, asked_at=self.asked_at, started_at=None)
        self.started_at = at
        return bool(waiting.update(started_at=at))

    def end(
        self, outcome: str, at: datetime, *, reason: str = "", details: Details | None = None
    ) -> None:
        said = details or Details()
        self._end(
            outcome=outcome,
            ended_at=at,
            reason=reason,
            http_status=said.http_status,
            code=said.code,
            msg=redact(said.msg),
            trace_id=redact(said.trace_id),
        )

    def end_well(self, images: int, at: datetime) -> None:
        self._end(outcome=self.WORKED, ended_at=at, images=images)

    def _end(self, **values: object) -> None:
        """Nothing is written if another test was asked for in the meantime."""
        for name, value in values.items():
            setattr(self, name, value)
        CredentialTest.objects.filter(pk=self.pk, asked_at=self.asked_at).update(**values)
