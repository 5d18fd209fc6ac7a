"""Items, changes, snapshots and checks for programs: CSV, JSON, API, feeds, webhooks.

One function a kind of thing; each returns plain JSON values. Times are ISO 8601 in the current
time zone.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from xdportal.catalog import pairs, sentences
from xdportal.catalog.compare import Change, Counts
from xdportal.catalog.kinds import IMAGES, KINDS, CatalogKind
from xdportal.catalog.models import Catalog, Check, Snapshot
from xdportal.catalog.words import reason_text
from xdportal.provider.records import Record as ListRecord

Record = dict[str, Any]


class Listed(NamedTuple):
    """What a list says of an item beside its record."""

    status: str
    first_seen: datetime
    last_change: datetime | None


def item(kind: CatalogKind, record: ListRecord) -> Record:
    """Return `id` and the kind's fields, as texts."""
    return {"id": record[0], **fields(kind, record)}


def listed_item(kind: CatalogKind, record: ListRecord, listed: Listed) -> Record:
    """Return an item of a list.

    A field of the kind that is called like one of `listed` has the name of its query parameter.
    """
    named = {
        field.query if field.name in Listed._fields else field.name: record[field.position]
        for field in kind.fields
    }
    times = {"first_seen": time(listed.first_seen), "last_change": time(listed.last_change)}
    return {"id": record[0], **named, "status": listed.status, **times}


def fields(kind: CatalogKind, record: ListRecord) -> Record:
    return {field.name: record[field.position] for field in kind.fields}


def meaning(kind: CatalogKind, record: ListRecord) -> Record:
    """Return the fields that say what the id stands for."""
    return {field.name: record[field.position] for field in kind.meaning}


def change(kind: CatalogKind, change: Change, snapshot: Snapshot | None = None) -> Record:
    """Return a change with its structure and its sentence; `snapshot` made it.

    `before` and `after` are single records. Where an id was listed with different contents, the
    others are under `also`.
    """
    told: Record = {
        "change": change.kind.value,
        "id": change.item_id,
        "before": item(kind, change.before[0]) if change.before else None,
        "after": item(kind, change.after[0]) if change.after else None,
        "fields": [difference._asdict() for difference in sentences.differences(kind, change)],
        "sentence": sentences.change(kind, change),
    }
    if len(change.before) > 1 or len(change.after) > 1:
        told["also"] = {
            "before": [item(kind, record) for record in change.before[1:]],
            "after": [item(kind, record) for record in change.after[1:]],
        }
    if snapshot is not None:
        told |= {"snapshot": snapshot.number, "at": time(snapshot.taken_at)}
    return told


def pair(offer: pairs.Offer, billing: pairs.Billing) -> Record:
    """Return an image with the packages that fit it, the cheapest first."""
    packages = KINDS[billing.kind]
    return {
        **item(IMAGES, offer.image),
        "packages": [{**item(packages, one), "list": billing.value} for one in offer.packages],
    }


def snapshot(snapshot: Snapshot) -> Record:
    return {
        "number": snapshot.number,
        "taken_at": time(snapshot.taken_at),
        "confirmed_at": time(snapshot.confirmed_at),
        "items": snapshot.item_count,
        "added": snapshot.added,
        "removed": snapshot.removed,
        "changed": snapshot.changed,
    }


def check(catalog: Catalog, check: Check, counts: Counts | None = None) -> Record:
    """Return what a check came to; `images` counts the items of any kind of list."""
    changed = counts or Counts()
    return {
        "connection": catalog.slug,
        "kind": catalog.kind,
        "outcome": check.outcome,
        "http_status": check.http_status,
        "code": check.code,
        "msg": check.msg or str(reason_text(check.reason)),
        "trace_id": check.trace_id,
        "images": check.item_count,
        "ignored": check.ignored_count,
        **changed._asdict(),
        "snapshot": check.snapshot.number if check.snapshot else None,
        "duration_ms": check.duration_ms,
    }


def unchecked(catalog: Catalog, outcome: str, reason: str) -> Record:
    """Return the record of a check that was refused or lost its lease: nothing of it is stored."""
    now = timezone.now()
    nothing = Check(catalog=catalog, outcome=outcome, reason=reason, started=now, ended=now)
    return check(catalog, nothing)


def time(moment: datetime | None) -> str | None:
    """Return all digits, so that the text names the very moment."""
    return timezone.localtime(moment).isoformat() if moment else None
