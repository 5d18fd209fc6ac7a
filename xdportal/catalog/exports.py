"""Lists as CSV and JSON, and ids alone as text, streamed: what a page shows, whole and in its order."""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry
from xdportal.catalog.compare import Change
from xdportal.catalog.history import Listings
from xdportal.catalog.images import ImageList
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.sentences import change as sentence
from xdportal.lib.csv import csv_lines
from xdportal.provider.kinds import ImageRecord

log = logging.getLogger(__name__)
CHUNK = 1000
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "txt": "text/plain; charset=utf-8"}

Record = dict[str, Any]
IMAGE = ("image_id", "type", "system", "version")


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: its name in the file's name, the name of the list in JSON, the fields of each record.

    `numbers`: of which snapshots it is, for the head of JSON; None: of the latest.
    """

    name: str
    listed: str
    fields: tuple[str, ...]
    numbers: dict[str, int] | None = None


IMAGES = Export("images", "images", (*IMAGE, "status", "first_seen", "last_change"))
IDS = Export("image-ids", "ids", ("image_id",))
CHANGE = ("kind", "image_id", "before", "after", "sentence")
CHANGES = Export("changes", "changes", ("snapshot", "time", *CHANGE))


def snapshot_export(number: int) -> Export:
    return Export(f"snapshot-{number}", "images", IMAGE, {"snapshot": number})


def comparison_export(older: int, newer: int) -> Export:
    return Export(f"compare-{older}-{newer}", "changes", CHANGE, {"from": older, "to": newer})


def respond(
    request: HttpRequest, catalog: Catalog, what: Export, ending: str, records: Iterable[Record], version: str
) -> HttpResponseBase:
    """The answer, or 304: `version` names everything beside the query that the rows depend on."""
    zone, language = timezone.get_current_timezone_name(), get_language() or ""
    etag = _etag(what.name, ending, catalog.slug, version, request.GET.urlencode(), zone, language)
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if answer is None:
        if request.method == "GET":
            _note(request, catalog, what, ending)
        answer = StreamingHttpResponse(_lines(catalog, what, ending, records), content_type=TYPES[ending])
        name = f"xdportal-{catalog.slug}-{what.name}-{timezone.localtime():%Y%m%d-%H%M}.{ending}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def image_records(images: ImageList) -> Iterator[Record]:
    for chunk in _chunks(images.listings()):
        for row in images.rows(chunk):
            yield {
                **_image(row.listing.image),
                "status": row.status or "available",
                "first_seen": _time(row.first_seen),
                "last_change": _time(row.last_change),
            }


def id_records(images: ImageList) -> Iterator[Record]:
    """Each id once, also where it is listed with differing contents."""
    ids = images.listings().values_list("image_id", flat=True)
    return ({"image_id": image_id} for image_id in dict.fromkeys(ids.iterator(chunk_size=CHUNK)))


def snapshot_records(listings: Listings) -> Iterator[Record]:
    for chunk in _chunks(listings):
        yield from (_image(listing.image) for listing in chunk)


def change_records(entries: Iterable[tuple[Snapshot, Iterable[Change]]]) -> Iterator[Record]:
    for snapshot, changes in entries:
        for change in changes:
            yield {"snapshot": snapshot.number, "time": _time(snapshot.taken_at), **comparison_record(change)}


def comparison_record(change: Change) -> Record:
    before, after = (
        " | ".join(f"{i.name} {i.version} ({i.type})" for i in side) for side in (change.before, change.after)
    )
    return {
        "kind": change.kind,
        "image_id": change.image_id,
        "before": before,
        "after": after,
        "sentence": sentence(change),
    }


def _lines(catalog: Catalog, what: Export, ending: str, records: Iterable[Record]) -> Iterable[str]:
    if ending == "txt":
        return (f"{record['image_id']}\n" for record in records)
    return csv_lines(what.fields, records) if ending == "csv" else _json(catalog, what, records)


def _json(catalog: Catalog, what: Export, records: Iterable[Record]) -> Iterator[str]:
    latest = {"snapshot": catalog.latest_snapshot.number if catalog.latest_snapshot else None}
    head = {"connection": catalog.slug, "kind": catalog.kind, **(what.numbers or latest)}
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "{what.listed}": ['
    for number, record in enumerate(records):
        yield ("," if number else "") + "\n" + json.dumps(record, ensure_ascii=False)
    yield "\n]}\n"


def _chunks(listings: Listings) -> Iterator[list[Any]]:
    chunk = []
    for listing in listings.iterator(chunk_size=CHUNK):
        chunk.append(listing)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _image(image: ImageRecord) -> Record:
    return {"image_id": image.id, "type": image.type, "system": image.name, "version": image.version}


def _time(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def _note(request: HttpRequest, catalog: Catalog, what: Export, ending: str) -> None:
    """Best effort: a database that cannot be written to does not keep an export from anybody."""
    try:
        with transaction.atomic():
            audit.note(
                AuditEntry.Kind.EXPORTED, catalog.connection.team, f"{catalog.slug} {what.name}.{ending}", request
            )
    except DatabaseError:
        log.exception("An export could not be noted in the audit trail.")


def _etag(*parts: str) -> str:
    return f'"{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"'
