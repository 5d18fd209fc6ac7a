"""One check from end to end: claim the lease, fetch with no transaction open, record, report."""

import logging
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone

from xdportal.catalog import record
from xdportal.catalog.lease import Lease, LeaseLost, Refused, claim
from xdportal.catalog.models import Catalog
from xdportal.connections.models import CredentialUnreadable
from xdportal.connections.session import read_images
from xdportal.connections.words import REASONS
from xdportal.lib import logs, redaction
from xdportal.provider.errors import AuthError, ProviderError

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What one check came to, as `check_catalogs --json` prints it."""

    connection: str
    kind: str
    outcome: str
    http_status: int | None = None
    code: int | None = None
    msg: str = ""
    trace_id: str = ""
    images: int = 0
    ignored: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    snapshot: int | None = None
    duration_ms: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def refresh(catalog: Catalog, *, only_if_due: bool = False) -> Report:
    """Checks the catalog now, whatever is due; a lease, a pause and Retry-After refuse (`skipped`, nothing stored)."""
    try:
        lease = claim(catalog.pk, timezone.now(), only_if_due=only_if_due)
    except Refused as refused:
        return Report(catalog.slug, catalog.kind, "skipped", msg=str(REASONS.get(refused.reason, refused.reason)))
    with redaction.scope(), logs.about(connection=catalog.slug):
        try:
            result = _run(lease)
        except LeaseLost:
            return Report(catalog.slug, catalog.kind, "aborted", msg=str(REASONS["lease_lost"]))
        log.info("%s: %s", catalog.kind, result.check.outcome)
    return _report(catalog, result)


def _run(lease: Lease) -> record.Result:
    catalog = Catalog.objects.select_related("connection__owner").get(pk=lease.catalog_id)
    try:
        answer = read_images(catalog.connection, lease.started, bytes(catalog.answer_digest) or None)
    except CredentialUnreadable:
        return record.record_failure(lease, AuthError("unreadable"), timezone.now())
    except ProviderError as error:
        return record.record_failure(lease, error, timezone.now())
    return record.record_answer(lease, answer, timezone.now())


def _report(catalog: Catalog, result: record.Result) -> Report:
    check, counts = result.check, result.counts
    return Report(
        connection=catalog.slug,
        kind=catalog.kind,
        outcome=check.outcome,
        http_status=check.http_status,
        code=check.code,
        msg=check.msg or str(REASONS.get(check.reason, "")),
        trace_id=check.trace_id,
        images=check.image_count,
        ignored=check.ignored_count,
        added=counts.added,
        removed=counts.removed,
        changed=counts.changed,
        snapshot=check.snapshot.number if check.snapshot else None,
        duration_ms=check.duration_ms,
    )
