"""What a run found becomes rows, in one short transaction that commits only while the lease is still the run's own."""

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry
from xdportal.catalog import compare, history, listings, schedule
from xdportal.catalog.lease import NO_LEASE, Lease, held_catalog
from xdportal.catalog.models import Catalog, Check, HeldAnswer, Snapshot
from xdportal.catalog.signals import snapshot_recorded
from xdportal.connections.models import Connection
from xdportal.lib.models import Tally
from xdportal.lib.redaction import redact
from xdportal.provider.client import Answer
from xdportal.provider.errors import Details, ProviderError
from xdportal.provider.records import Line, RecordList, UnusableItems

# What the end of a run writes to its catalog.
RUN_FIELDS = [
    *("next_check_at", "queued_until", *NO_LEASE),
    *("failures", "answer_digest", "latest_snapshot", "latest_check", "last_ok_at"),
]
MOST_SYSTEMS = 200  # distinct names that a snapshot counts; beyond, pages count by themselves


@dataclass(slots=True)
class Result:
    """A written check, and what it changed."""

    check: Check
    counts: compare.Counts = field(default_factory=compare.Counts)


@dataclass(frozen=True, slots=True)
class Found:
    """A list to record, its digest, and the list it takes over from."""

    lines: Set[Line]
    digest: bytes
    before: Set[Line]


@transaction.atomic
def record_answer(lease: Lease, answer: Answer, at: datetime) -> Result:
    """An answer that was read: unchanged, a new snapshot, or held because it is implausible."""
    catalog = held_catalog(lease)
    if answer.listed is None:
        return Result(_confirm(catalog, lease, answer, None, at))
    listed, complete = answer.listed, not answer.listed.ignored_count
    if complete and _is_latest(catalog, digest := compare.digest(listed.lines)):
        return Result(_confirm(catalog, lease, answer, listed, at))
    current = history.current_lines(catalog)
    target = listed.lines if complete else compare.merge_incomplete(current, listed.lines)
    if not complete and _is_latest(catalog, digest := compare.digest(target)):
        return Result(_confirm(catalog, lease, answer, listed, at))
    doubt = compare.suspicion(current, listed.lines, _suspect_percent(catalog.connection), complete=complete)
    if not doubt:
        return _record(catalog, lease, answer, Found(target, digest, current), at)
    held = _held_again(catalog, digest)
    if held is not None and _is_confirmed(held, at):
        result = _record(catalog, lease, answer, Found(target, digest, current), at, taken_at=held.first_seen_at)
        audit.note(AuditEntry.Kind.CONFIRMED, catalog.connection.team, f"{catalog.slug} {result.check.snapshot}")
        return result
    check = _check(catalog, lease, "suspect", answer.details, listed, at, reason=doubt)
    if held is None:
        _begin_hold(catalog, check, target, digest, doubt)
    else:
        held.save()
    _schedule(catalog, check, schedule.after_suspect(at), failures=0)
    return Result(check)


@transaction.atomic
def record_failure(lease: Lease, error: ProviderError, at: datetime) -> Result:
    """A run without a list: one check row and the schedule, nothing else."""
    catalog = held_catalog(lease)
    connection = catalog.connection
    if (moment := schedule.held_back_until(at, error)) is not None:
        connection.wait_until(moment)
    if error.needs_attention and not _credential_is_newer(connection, lease):
        is_token = connection.credential_kind == Connection.CredentialKind.TOKEN
        if error.outcome == "auth" and is_token and error.reason != "unreadable":
            connection.pause_for_token()
        else:
            connection.needs_attention(error.reason or error.outcome)
    found = error.listed if isinstance(error, UnusableItems) else None
    check = _check(catalog, lease, error.outcome, error.details, found, at, reason=error.reason)
    failures = catalog.failures + 1
    next_at = schedule.after_failure(at, connection.interval, failures, attention=error.needs_attention)
    _schedule(catalog, check, max(next_at, moment or next_at), failures=failures)
    return Result(check)


@transaction.atomic
def accept_held(catalog: Catalog, at: datetime) -> Snapshot | None:
    """Records the held answer at once. None when there is none any more. The check that held it stays `suspect`."""
    catalog = (
        Catalog.objects.select_for_update(of=("self",))
        .select_related("connection", "latest_snapshot")
        .get(pk=catalog.pk)
    )
    held = HeldAnswer.objects.filter(catalog=catalog).select_related("first_check").first()
    if held is None:
        return None
    found = Found(held.lines, bytes(held.digest), history.current_lines(catalog))
    snapshot, _ = _new_snapshot(catalog, found, at, held.first_seen_at)
    Check.objects.filter(pk=held.first_check_id).update(snapshot=snapshot)
    held.delete()
    Catalog.objects.filter(pk=catalog.pk).update(
        latest_snapshot=snapshot, answer_digest=b"", last_ok_at=at, next_check_at=at, **NO_LEASE
    )  # a check that runs now compares with a list that is no longer the latest: it loses its lease
    return snapshot


def discard_held(catalog: Catalog) -> bool:
    deleted, _ = HeldAnswer.objects.filter(catalog=catalog).delete()
    return bool(deleted)


def _credential_is_newer(connection: Connection, lease: Lease) -> bool:
    """Replaced while the check ran: what the former one met says nothing about it."""
    return connection.credential_saved_at is not None and connection.credential_saved_at > lease.started


def _confirm(catalog: Catalog, lease: Lease, answer: Answer, listed: RecordList | None, at: datetime) -> Check:
    snapshot = catalog.latest_snapshot
    assert snapshot is not None  # noqa: S101
    Snapshot.objects.filter(pk=snapshot.pk).update(confirmed_at=at)
    check = _check(catalog, lease, _outcome(listed), answer.details, listed, at, snapshot=snapshot)
    _succeed(catalog, check, answer, listed, at)
    return check


def _record(
    catalog: Catalog, lease: Lease, answer: Answer, found: Found, at: datetime, taken_at: datetime | None = None
) -> Result:
    snapshot, counts = _new_snapshot(catalog, found, at, taken_at or lease.started)
    catalog.latest_snapshot = snapshot
    check = _check(catalog, lease, _outcome(answer.listed), answer.details, answer.listed, at, snapshot=snapshot)
    _succeed(catalog, check, answer, answer.listed, at)
    return Result(check, counts)


def _new_snapshot(catalog: Catalog, found: Found, at: datetime, taken_at: datetime) -> tuple[Snapshot, compare.Counts]:
    """The snapshot, and the listings that end and begin with it."""
    number = catalog.latest_snapshot.number + 1 if catalog.latest_snapshot else 1
    kinds = listings.write(catalog, number, found.before, found.lines)
    counts = compare.count(kinds.elements())
    withdrawn = catalog.latest_snapshot.withdrawn if catalog.latest_snapshot else 0
    snapshot = Snapshot.objects.create(
        catalog=catalog,
        number=number,
        taken_at=taken_at,
        recorded_at=at,
        confirmed_at=at,
        digest=found.digest,
        **_statistics(found.lines),
        withdrawn=withdrawn + kinds["removed"] - kinds["returned"],
        **counts._asdict(),
    )
    transaction.on_commit(lambda: snapshot_recorded.send(Snapshot, snapshot=snapshot))
    return snapshot, counts


def _statistics(lines: Set[Line]) -> dict[str, Any]:
    """What pages would otherwise count again and again."""
    types, systems = (_frequencies(line.split(b"\t")[place] for line in lines) for place in (1, 2))
    return {
        "image_count": len(lines),
        "numeric": compare.all_numeric(lines),
        "types": types,
        "systems": systems if len(systems) <= MOST_SYSTEMS else None,
    }


def _frequencies(values: Iterable[bytes]) -> dict[str, int]:
    return {value.decode(): rows for value, rows in Counter(values).most_common()}


def _is_latest(catalog: Catalog, digest: bytes) -> bool:
    return catalog.latest_snapshot is not None and bytes(catalog.latest_snapshot.digest) == digest


def _held_again(catalog: Catalog, digest: bytes) -> HeldAnswer | None:
    """The held answer, counted once more, when it is this one; another one is dropped."""
    held: HeldAnswer | None = getattr(catalog, "held", None)
    if held is None:
        return None
    if bytes(held.digest) != digest:
        held.delete()
        return None
    held.times += 1
    return held


def _begin_hold(catalog: Catalog, check: Check, target: Set[Line], digest: bytes, doubt: str) -> None:
    HeldAnswer.objects.create(
        catalog=catalog,
        first_check=check,
        first_seen_at=check.started,
        reason=doubt,
        digest=digest,
        rows=HeldAnswer.pack(target),
    )


def _is_confirmed(held: HeldAnswer, at: datetime) -> bool:
    return held.times >= 3 and at - held.first_seen_at >= timedelta(seconds=settings.SUSPECT_CONFIRM_SECONDS)


def _suspect_percent(connection: Connection) -> int:
    return connection.suspect_percent or int(settings.SUSPECT_PERCENT)


def _outcome(listed: RecordList | None) -> str:
    return "ok_with_warnings" if listed is not None and listed.has_warnings else "ok"


def _check(
    catalog: Catalog,
    lease: Lease,
    outcome: str,
    details: Details,
    listed: RecordList | None,
    at: datetime,
    *,
    reason: str = "",
    snapshot: Snapshot | None = None,
) -> Check:
    known = catalog.latest_snapshot.image_count if snapshot and catalog.latest_snapshot else 0
    return Check.objects.create(
        catalog=catalog,
        started=lease.started,
        ended=at,
        outcome=outcome,
        reason=reason,
        http_status=details.http_status,
        code=details.code,
        msg=redact(details.msg),
        trace_id=redact(details.trace_id),
        image_count=len(listed.lines) if listed else known,
        ignored_count=listed.ignored_count if listed else 0,
        warnings=_warnings(listed) if listed and listed.has_warnings else None,
        snapshot=snapshot,
    )


def _warnings(listed: RecordList) -> dict[str, Any]:
    return {
        "ignored": [list(item) for item in listed.ignored],
        "duplicates": listed.duplicates,
        "conflicts": listed.conflicts,
    }


def _succeed(catalog: Catalog, check: Check, answer: Answer, listed: RecordList | None, at: datetime) -> None:
    """A normal answer: whatever was held is dropped, attention and failures end."""
    if hasattr(catalog, "held"):
        catalog.held.delete()
    if listed is not None:
        catalog.answer_digest = b"" if listed.has_warnings else answer.fingerprint
    catalog.connection.recovered()
    catalog.last_ok_at = at
    _schedule(catalog, check, schedule.after_success(at, catalog.connection.interval), failures=0)


def _schedule(catalog: Catalog, check: Check, next_at: datetime, *, failures: int) -> None:
    """Ends the run: the lease goes, the next check is set."""
    catalog.latest_check, catalog.next_check_at, catalog.failures, catalog.queued_until = check, next_at, failures, None
    for name, value in NO_LEASE.items():
        setattr(catalog, name, value)
    catalog.save(update_fields=RUN_FIELDS)
    Tally.objects.add("check", check.outcome, (check.ended - check.started).total_seconds())
