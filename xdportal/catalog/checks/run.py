"""One check of one catalog, from the claim of its lease to its end.

What is read at the claim stays valid while the lease does: an action that changes it (accepting an
answer, an owner who replaces the account) takes the lease away. So each end of a run is one short
transaction, and it commits only while the lease is the run's own.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry
from xdportal.catalog.checks import events, schedule
from xdportal.catalog.checks.snapshots import new_snapshot
from xdportal.catalog.compare import Changed, Confirmed, Counts, Suspect
from xdportal.catalog.models import Catalog, Check, Event, Outcome, QuarantinedAnswer, Snapshot
from xdportal.catalog.models.due import lease_expired
from xdportal.connections.models import Connection
from xdportal.lib import prepared
from xdportal.lib.composed import Composed
from xdportal.lib.models import Tally
from xdportal.lib.redaction import redact
from xdportal.provider.client import Answer
from xdportal.provider.errors import AuthError, Details, ProviderError
from xdportal.provider.records import RecordList, UnusableItems

NO_LEASE: dict[str, Any] = {"lease_holder": "", "lease_until": None, "lease_started": None}


class Refused(Exception):
    """No check now. The reason is shown, never stored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LeaseLost(Exception):
    """Another process took over the catalog: the result of this run is dropped."""


@dataclass(slots=True)
class Run:
    catalog: Catalog  # as read at the claim
    holder: str
    started: datetime
    counts: Counts = field(default_factory=Counts)

    @classmethod
    def claim(cls, catalog_id: int, at: datetime, *, due_by: datetime | None = None) -> Self:
        """Take the lease, or raise Refused. With `due_by`, only if the check is due by then.

        The first process to find an expired lease records its check as `aborted`.
        """
        catalog = _read(catalog_id)
        if catalog.lease_until is not None and not catalog.is_running(at):
            _abort(catalog, at)
            catalog = _read(catalog_id)
        _refuse(catalog, at, due_by)
        holder = uuid.uuid4().hex
        free = Catalog.objects.filter(pk=catalog_id, lease_until=None)
        if due_by is not None:
            free = free.filter(next_check_at=catalog.next_check_at)
        until = at + timedelta(seconds=settings.LEASE_SECONDS)
        taken = free.update(
            lease_holder=holder, lease_until=until, lease_started=at, queued_until=None
        )
        if not taken:
            raise Refused("leased")
        return cls(catalog, holder, at)

    @property
    def connection(self) -> Connection:
        return self.catalog.connection

    @transaction.atomic
    def confirm(self, answer: Answer, at: datetime) -> Check:
        """End with the list unchanged. The usual case: no query reads, four write."""
        snapshot = self.catalog.latest_snapshot
        assert snapshot is not None  # noqa: S101
        prepared.update(Snapshot, {"pk": snapshot.pk}, {"confirmed_at": at})
        check = self._check(_outcome(answer), answer.details, at, answer.listed, snapshot=snapshot)
        self._trust(check, answer, at)
        return check

    @transaction.atomic
    def record(self, answer: Answer, change: Changed, at: datetime) -> Check:
        """End with a new snapshot."""
        self._lock()
        return self._record(answer, change, at, taken_at=self.started)

    @transaction.atomic
    def record_confirmed(self, answer: Answer, confirmed: Confirmed, at: datetime) -> Check:
        """End with a suspect answer that was repeated for long enough to be accepted."""
        self._lock()
        taken_at = confirmed.first_seen_at
        check = self._record(answer, confirmed.change, at, taken_at=taken_at, released="confirmed")
        target = f"{self.catalog.slug} {check.snapshot}"
        audit.note(AuditEntry.Kind.CONFIRMED, self.connection.team, target)
        return check

    @transaction.atomic
    def quarantine(self, answer: Answer, suspect: Suspect, at: datetime) -> Check:
        """End with an answer that is kept aside, and asked for again soon."""
        self._lock()
        check = self._check(
            Outcome.SUSPECT, answer.details, at, answer.listed, reason=suspect.reason
        )
        waiting = self.catalog.quarantined_answer
        if waiting is not None and bytes(waiting.digest) == suspect.change.digest:
            QuarantinedAnswer.objects.filter(pk=waiting.pk).update(times=waiting.times + 1)
        else:
            self._release("dropped", at)
            self._keep_aside(check, suspect, at)
        self._note_readable(at)
        stale_since = self._stale_since(check, at)
        next_at = schedule.after_suspect(at)
        self._end(check, next_at, failures=0, problem="", stale_since=stale_since)
        return check

    @transaction.atomic
    def fail(self, error: ProviderError, at: datetime) -> Check:
        """End without a list: one check row and the schedule, nothing else."""
        self._lock()
        connection = Connection.objects.get(pk=self.connection.pk)
        held_back_until = schedule.held_back_until(at, error)
        if held_back_until is not None:
            connection.wait_until(held_back_until)
        if isinstance(error, AuthError):
            connection.was_refused(error.reason, self.started)
        listed = error.listed if isinstance(error, UnusableItems) else None
        outcome = Outcome(error.outcome)
        check = self._check(outcome, error.details, at, listed, reason=error.reason)
        failures = self.catalog.failures + 1
        if failures == events.FAILING_AFTER:
            self._emit(Event.Type.CATALOG_FAILING, at, reason=error.reason, **_about(check))
        next_at = schedule.after_failure(
            at,
            connection.interval,
            failures,
            needs_attention=error.needs_attention,
            may_pass_soon=error.may_pass_soon,
        )
        self._end(
            check,
            max(next_at, held_back_until or next_at),
            failures=failures,
            problem=_problem(error),
            stale_since=self._stale_since(check, at),
        )
        return check

    @transaction.atomic
    def accept(self, waiting: QuarantinedAnswer, change: Changed, at: datetime) -> Snapshot:
        """End with the answer that a manager accepts. The check that found it stays `suspect`."""
        taken_at = waiting.first_seen_at
        snapshot, self.counts = new_snapshot(self.catalog, change, at, taken_at)
        events.changed(self.catalog, snapshot, at)
        Check.objects.filter(pk=waiting.first_check_id).update(snapshot=snapshot)
        self._release("accepted", at)
        self._note_fresh(at)
        self._end(
            None,
            at,
            latest_snapshot=snapshot,
            answer_digest=b"",
            last_ok_at=at,
            stale_since=None,
        )
        return snapshot

    def _record(
        self,
        answer: Answer,
        change: Changed,
        at: datetime,
        *,
        taken_at: datetime,
        released: str = "dropped",
    ) -> Check:
        snapshot, self.counts = new_snapshot(self.catalog, change, at, taken_at)
        events.changed(self.catalog, snapshot, at)
        check = self._check(_outcome(answer), answer.details, at, answer.listed, snapshot=snapshot)
        self._trust(check, answer, at, released=released, latest_snapshot=snapshot)
        return check

    def _trust(
        self, check: Check, answer: Answer, at: datetime, released: str = "dropped", **values: Any
    ) -> None:
        """End with an accepted list: drop the waiting answer and end the trouble."""
        self._release(released, at)
        self._note_readable(at)
        self._note_fresh(at)
        if answer.listed is not None:
            values["answer_digest"] = b"" if answer.listed.has_warnings else answer.fingerprint
        next_at = schedule.after_success(at, self.connection.interval)
        self._end(
            check,
            next_at,
            failures=0,
            problem="",
            last_ok_at=at,
            stale_since=None,
            **values,
        )

    def _lock(self) -> None:
        """Lock the catalog for this transaction before anything else is written."""
        mine = Catalog.objects.select_for_update().filter(
            pk=self.catalog.pk, lease_holder=self.holder
        )
        if not mine.exists():
            raise LeaseLost

    def _end(self, check: Check | None, next_at: datetime, **values: Any) -> None:
        """End the run: release the lease, schedule the next check. Every end goes through here."""
        if check is not None:
            values["latest_check"] = check
        mine = {"pk": self.catalog.pk, "lease_holder": self.holder}
        values |= {"next_check_at": next_at, "queued_until": None, **NO_LEASE}
        if not prepared.update(Catalog, mine, values):
            raise LeaseLost
        if check is not None:
            seconds = (check.ended - check.started).total_seconds()
            Tally.objects.add("check", check.outcome, seconds)

    def _check(
        self,
        outcome: Outcome,
        details: Details,
        at: datetime,
        listed: RecordList | None = None,
        *,
        reason: str = "",
        snapshot: Snapshot | None = None,
    ) -> Check:
        known = snapshot.item_count if snapshot else 0
        check = Check(
            catalog=self.catalog,
            started=self.started,
            ended=at,
            outcome=outcome,
            reason=reason,
            http_status=details.http_status,
            code=details.code,
            msg=redact(details.msg),
            trace_id=redact(details.trace_id),
            item_count=len(listed.lines) if listed else known,
            ignored_count=listed.ignored_count if listed else 0,
            warnings=_warnings(listed),
            snapshot=snapshot,
        )
        prepared.insert(check)
        return check

    def _emit(self, type: Event.Type, at: datetime, **data: Any) -> None:
        events.of_catalog(self.catalog, type, at, **data)

    def _keep_aside(self, check: Check, suspect: Suspect, at: datetime) -> None:
        QuarantinedAnswer.objects.create(
            catalog=self.catalog,
            first_check=check,
            first_seen_at=self.started,
            reason=suspect.reason,
            digest=suspect.change.digest,
            rows=QuarantinedAnswer.pack(suspect.change.after),
        )
        self._emit(Event.Type.CATALOG_HELD, at, reason=suspect.reason, check=check.pk)

    def _release(self, how: str, at: datetime) -> None:
        """Delete the answer that was waiting, if there is one."""
        waiting = self.catalog.quarantined_answer
        if waiting is not None:
            QuarantinedAnswer.objects.filter(pk=waiting.pk).delete()
            self._emit(Event.Type.CATALOG_RELEASED, at, how=how, reason=waiting.reason)

    def _note_readable(self, at: datetime) -> None:
        """The provider answered with a list: the credential works, and failures are over."""
        self.connection.recovered()
        if self.catalog.failures >= events.FAILING_AFTER:
            self._emit(Event.Type.CATALOG_RECOVERED, at, failures=self.catalog.failures)

    def _stale_since(self, check: Check, at: datetime) -> datetime | None:
        """Return since when the list is out of date, after a check that did not help.

        By the clock alone everything would be out of date after a night without a worker.
        """
        if self.catalog.stale_since is not None or not self.catalog.is_stale(at):
            return self.catalog.stale_since
        trusted_at = self.catalog.trusted_at.isoformat()
        self._emit(Event.Type.CATALOG_STALE, at, trusted_at=trusted_at, **_about(check))
        return at

    def _note_fresh(self, at: datetime) -> None:
        if self.catalog.stale_since is not None:
            since = self.catalog.stale_since.isoformat()
            self._emit(Event.Type.CATALOG_FRESH, at, stale_since=since)


def _by_key(**key: Any) -> QuerySet[Catalog]:
    return Catalog.objects.select_related("connection", "latest_snapshot", "quarantined").filter(
        **key
    )


AT_THE_CLAIM = Composed(_by_key)


def _read(catalog_id: int) -> Catalog:
    found = AT_THE_CLAIM.rows(pk=catalog_id)
    if not found:
        raise Catalog.DoesNotExist
    return found[0]


def _refuse(catalog: Catalog, at: datetime, due_by: datetime | None) -> None:
    if catalog.is_running(at):
        raise Refused("leased")
    if not catalog.enabled:
        raise Refused("switched_off")
    if catalog.connection.state == Connection.State.PAUSED:
        raise Refused("paused")
    if catalog.connection.is_held_back(at):
        raise Refused("retry_after")
    if due_by is not None and not catalog.is_due(due_by):
        raise Refused("not_due")


@transaction.atomic
def _abort(catalog: Catalog, at: datetime) -> None:
    """End an expired run on behalf of its holder; only the first caller succeeds."""
    run = Run(catalog, catalog.lease_holder, catalog.lease_started or at)
    mine = Catalog.objects.select_for_update().filter(pk=catalog.pk, lease_holder=run.holder)
    expired = mine.filter(lease_expired(at))
    if expired.exists():
        check = run._check(Outcome.ABORTED, Details(), at)
        run._end(check, at)


def _outcome(answer: Answer) -> Outcome:
    has_warnings = answer.listed is not None and answer.listed.has_warnings
    return Outcome.OK_WITH_WARNINGS if has_warnings else Outcome.OK


def _problem(error: ProviderError) -> str:
    """Return the trouble of the list alone that a person has to solve; what concerns the
    credential is the connection's."""
    if isinstance(error, AuthError) or not error.needs_attention:
        return ""
    return error.reason or error.outcome


def _about(check: Check) -> dict[str, Any]:
    """Return what an event says about the check that led to it: that row is pruned one day."""
    return {"outcome": check.outcome, "code": check.code, "trace_id": check.trace_id}


def _warnings(listed: RecordList | None) -> dict[str, Any] | None:
    if listed is None or not listed.has_warnings:
        return None
    return {
        "ignored": [list(item) for item in listed.ignored],
        "duplicates": listed.duplicates,
        "conflicts": listed.conflicts,
    }
