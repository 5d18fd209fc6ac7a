"""Checks of one connection, from end to end: claim, read with no transaction open, write."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from xdportal.catalog import records
from xdportal.catalog.checks import schedule, shapes
from xdportal.catalog.checks.run import LeaseLost, Refused, Run
from xdportal.catalog.compare import (
    Changed,
    Confirmed,
    Quarantined,
    Rules,
    Suspect,
    Unchanged,
    judge,
)
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, Check, Outcome
from xdportal.catalog.records import Record
from xdportal.connections.models import Connection, CredentialUnreadable
from xdportal.connections.session import Sitting
from xdportal.lib import logs, redaction
from xdportal.provider.client import Answer
from xdportal.provider.errors import AuthError, ProviderError
from xdportal.provider.records import Line, UnusableItems

log = logging.getLogger(__name__)


def check_due(connection: Connection, at: datetime) -> list[Record]:
    """Check the lists of a connection that are due, and those that are soon, in one sitting."""
    due_by = schedule.due_together(at, connection.interval)
    due = list(connection.catalogs.due(due_by).order_by("kind"))
    return check_all(connection, due, due_by=due_by) if due else []


def check_all(
    connection: Connection, catalogs: Iterable[Catalog], *, due_by: datetime | None = None
) -> list[Record]:
    """Check lists of one connection, one after the other, with one token and one TCP connection.

    Without `due_by`, only a lease, a pause, a switched-off list and Retry-After refuse.
    """
    with Sitting(connection) as sitting:
        return [check(catalog.pk, sitting, due_by=due_by) for catalog in catalogs]


def check(catalog_id: int, sitting: Sitting, *, due_by: datetime | None = None) -> Record:
    try:
        run = Run.claim(catalog_id, timezone.now(), due_by=due_by)
    except Refused as refused:
        catalog = Catalog.objects.select_related("connection").get(pk=catalog_id)
        return records.unchecked(catalog, Outcome.SKIPPED, refused.reason)
    with redaction.scope(), logs.about(connection=run.catalog.slug):
        try:
            ended = _perform(run, sitting)
        except LeaseLost:
            return records.unchecked(run.catalog, Outcome.ABORTED, "lease_lost")
        log.info("%s: %s", run.catalog.kind, ended.outcome)
    return records.check(run.catalog, ended, run.counts)


def _perform(run: Run, sitting: Sitting) -> Check:
    try:
        answer = _read(run, sitting)
    except CredentialUnreadable:
        return run.fail(AuthError("unreadable"), timezone.now())
    except ProviderError as error:
        if isinstance(error, UnusableItems):
            shapes.note(run.catalog, error.shape, run.started)
        return run.fail(error, timezone.now())
    shapes.note(run.catalog, answer.shape, run.started)
    return finish(run, answer, timezone.now())


def _read(run: Run, sitting: Sitting) -> Answer:
    known = bytes(run.catalog.answer_digest) or None
    kind = spec_of(run.catalog).provider
    if sitting.serves(run.connection):
        return sitting.read(kind, run.started, known)
    # The account or the credential was replaced since the sitting began.
    with Sitting(run.connection) as renewed:
        return renewed.read(kind, run.started, known)


def finish(run: Run, answer: Answer, at: datetime) -> Check:
    """Write what an answer means."""
    if answer.listed is None:
        return run.confirm(answer, at)
    current = Current(run.catalog)
    verdict = judge(current, answer.listed, _quarantined(run.catalog), rules_of(run.catalog), at)
    match verdict:
        case Unchanged():
            return run.confirm(answer, at)
        case Changed():
            return run.record(answer, verdict, at)
        case Confirmed():
            return run.record_confirmed(answer, verdict, at)
        case Suspect():
            return run.quarantine(answer, verdict, at)


@dataclass
class Current:
    """The list that the catalog holds while the run has its lease."""

    catalog: Catalog

    @property
    def digest(self) -> bytes | None:
        latest = self.catalog.latest_snapshot
        return bytes(latest.digest) if latest else None

    @cached_property
    def lines(self) -> frozenset[Line]:
        return self.catalog.listings.current().lines()


def rules_of(catalog: Catalog) -> Rules:
    return Rules(
        percent=catalog.connection.suspect_percent or settings.SUSPECT_PERCENT,
        confirm_after=timedelta(seconds=settings.SUSPECT_CONFIRM_SECONDS),
        may_be_empty=spec_of(catalog).may_be_empty,
    )


def _quarantined(catalog: Catalog) -> Quarantined | None:
    waiting = catalog.quarantined_answer
    if waiting is None:
        return None
    return Quarantined(bytes(waiting.digest), waiting.times, waiting.first_seen_at)
