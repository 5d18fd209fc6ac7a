"""Lists as CSV and JSON, and ids alone as text, streamed: what a page shows, whole and in its
order.

The records are those of `records.py`. The exports of images keep the column names that the first
version gave them.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry
from xdportal.catalog import records, sentences
from xdportal.catalog.compare import Change
from xdportal.catalog.kinds import IMAGES, CatalogKind
from xdportal.catalog.models import Catalog, Listings, Snapshot
from xdportal.catalog.pages.items import ItemList
from xdportal.catalog.pages.rows import rows_of
from xdportal.catalog.pages.sides import Line
from xdportal.catalog.pairs import Billing, Offer
from xdportal.catalog.records import Record
from xdportal.lib.csv import csv_lines

log = logging.getLogger(__name__)
CHUNK = 1000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}
CHANGE_NAMES = {"change": "kind", "id": "image_id", "at": "time"}  # of images


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: its name in the file's name, the list's name in JSON, the CSV's columns.

    `numbers` names the snapshots it is made of, for the head of JSON; None: the latest.
    """

    name: str
    listed_as: str
    columns: tuple[str, ...]
    numbers: dict[str, int] | None = None
    flatten: Callable[[Record], Record] | None = None  # from a JSON record to a CSV row


def items_export(kind: CatalogKind) -> Export:
    return Export(kind.name, kind.listed_as, (*listed_columns(kind), *records.Listed._fields))


def ids_export(kind: CatalogKind) -> Export:
    name = "image-ids" if kind is IMAGES else f"{kind.name}-ids"
    return Export(name, "ids", (kind.id_column,))


def snapshot_export(kind: CatalogKind, number: int) -> Export:
    name = _named(kind, f"snapshot-{number}")
    return Export(name, kind.listed_as, item_columns(kind), {"snapshot": number})


def changes_export(kind: CatalogKind) -> Export:
    at = "time" if kind is IMAGES else "at"
    columns = ("snapshot", at, *change_columns(kind))
    return Export(_named(kind, "changes"), "changes", columns, flatten=_flattened(kind))


def comparison_export(kind: CatalogKind, older: int, newer: int) -> Export:
    return Export(
        _named(kind, f"compare-{older}-{newer}"),
        "changes",
        change_columns(kind),
        {"from": older, "to": newer},
        flatten=_flattened(kind),
    )


PAIRS = Export(
    "pairs",
    "pairs",
    (
        *("image_id", "system", "version", "type", "package_id", "package"),
        *("gpu", "gpu_count", "cpu", "memory", "disk", "area", "billing", "price"),
    ),
    {},
)


def pair_records(offer: Offer, billing: Billing) -> Iterator[Record]:
    """Yield a record a package that fits."""
    image = offer.image
    for package in offer.packages:
        yield {
            "image_id": image.id,
            "system": image.name,
            "version": image.version,
            "type": image.type,
            "package_id": package.id,
            "package": package.name,
            "gpu": package.gpu,
            "gpu_count": package.gpu_count,
            "cpu": package.cpu,
            "memory": package.memory,
            "disk": package.disk,
            "area": package.area,
            "billing": billing.value,
            "price": package.price,
        }


def sides_export(kind: CatalogKind, left: Catalog, right: Catalog) -> Export:
    name = f"{kind.name}-beside-{right.slug}"
    return Export(name, "lines", ("group", "left_id", "left", "right_id", "right"), {})


def side_records(kind: CatalogKind, lines: Iterable[Line]) -> Iterator[Record]:
    for line in lines:
        yield {
            "group": line.group.value,
            "left_id": line.left[0] if line.left else "",
            "left": sentences.describe(kind, line.left) if line.left else "",
            "right_id": line.right[0] if line.right else "",
            "right": sentences.describe(kind, line.right) if line.right else "",
        }


def request_text(path: str, body: Record) -> str:
    """Return a request as one would write it, without a token."""
    head = f"POST {path}\nContent-Type: application/json\nFinovy-Access-Token: $TOKEN"
    return f"{head}\n\n{json.dumps(body, ensure_ascii=False, indent=2)}"


def item_columns(kind: CatalogKind) -> tuple[str, ...]:
    return (kind.id_column, *(field.export for field in kind.fields))


def listed_columns(kind: CatalogKind) -> tuple[str, ...]:
    """Return the columns of an item beside those that a list adds.

    A field that is called like one of these has the name of its query parameter, as in the API.
    """
    names = (
        field.query if field.export in records.Listed._fields else field.export
        for field in kind.fields
    )
    return (kind.id_column, *names)


def change_columns(kind: CatalogKind) -> tuple[str, ...]:
    names = ("change", "id", "before", "after", "sentence")
    return tuple(CHANGE_NAMES.get(name, name) if kind is IMAGES else name for name in names)


def item_records(items: ItemList) -> Iterator[Record]:
    columns = listed_columns(items.kind)
    seconds = cache(_seconds)  # a list has few snapshots, and very many rows of each
    for chunk in _chunks(items.listings()):
        for row in rows_of(items.catalog, chunk, items.recent):
            record: Record = dict(zip(columns, row.listing.record, strict=True))
            record["status"] = row.status or "available"
            record["first_seen"] = seconds(row.first_seen)
            record["last_change"] = seconds(row.last_change)
            yield record


def id_records(items: ItemList) -> Iterator[Record]:
    """Yield each id once, even where it is listed with different contents."""
    ids = items.listings().values_list("item_id", flat=True)
    distinct = dict.fromkeys(ids.iterator(chunk_size=CHUNK))
    return ({items.kind.id_column: item_id} for item_id in distinct)


def snapshot_records(kind: CatalogKind, listings: Listings) -> Iterator[Record]:
    for chunk in _chunks(listings):
        yield from (_exported_item(kind, listing.record) for listing in chunk)


def change_records(
    kind: CatalogKind, entries: Iterable[tuple[Snapshot, Iterable[Change]]]
) -> Iterator[Record]:
    for snapshot, changes in entries:
        for change in changes:
            record = records.change(kind, change, snapshot)
            record["at"] = _seconds(snapshot.taken_at)
            yield _exported_change(kind, record)


def comparison_records(kind: CatalogKind, changes: Iterable[Change]) -> Iterator[Record]:
    return (_exported_change(kind, records.change(kind, change)) for change in changes)


def respond(
    request: HttpRequest,
    catalog: Catalog,
    what: Export,
    ending: str,
    exported: Iterable[Record],
    version: str,
) -> HttpResponseBase:
    """Return the export, or 304: `version` names what the rows depend on beside the query."""
    zone = timezone.get_current_timezone_name()
    language = get_language() or ""
    query = request.GET.urlencode()
    etag = _etag(what.name, ending, catalog.slug, version, query, zone, language)
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if answer is None:
        if request.method == "GET":
            _note(request, catalog, what, ending)
        lines = _lines(catalog, what, ending, exported)
        answer = StreamingHttpResponse(lines, content_type=TYPES[ending])
        now = timezone.localtime()
        name = f"xdportal-{catalog.slug}-{what.name}-{now:%Y%m%d-%H%M}.{ending}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _named(kind: CatalogKind, name: str) -> str:
    return name if kind is IMAGES else f"{kind.name}-{name}"


def _exported_item(kind: CatalogKind, record: Sequence[str]) -> Record:
    return dict(zip(item_columns(kind), record, strict=True))


def _seconds(moment: datetime | None) -> str | None:
    """Return a time for people: a spreadsheet has no use for parts of a second."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def _exported_change(kind: CatalogKind, change: Record) -> Record:
    if kind is not IMAGES:
        return change
    return {CHANGE_NAMES.get(name, name): value for name, value in change.items()}


def _flattened(kind: CatalogKind) -> Callable[[Record], Record]:
    """Return how a change becomes a row: its records in words."""

    def flatten(change: Record) -> Record:
        also = change.get("also", {})
        sides = {
            side: _in_words(kind, change[side], also.get(side, [])) for side in ("before", "after")
        }
        return {**change, **sides}

    return flatten


def _in_words(kind: CatalogKind, first: Record | None, others: Sequence[Record]) -> str:
    if first is None:
        return ""
    listed = [kind.provider.record(**item) for item in (first, *others)]
    return sentences.describe_all(kind, listed)


def _lines(
    catalog: Catalog, what: Export, ending: str, exported: Iterable[Record]
) -> Iterable[str]:
    if ending == "txt":
        return (f"{record[what.columns[0]]}\n" for record in exported)
    if ending == "json":
        return _json(catalog, what, exported)
    rows = map(what.flatten, exported) if what.flatten else exported
    return csv_lines(what.columns, rows)


def _json(catalog: Catalog, what: Export, exported: Iterable[Record]) -> Iterator[str]:
    latest = {"snapshot": catalog.latest_number or None}
    numbers = latest if what.numbers is None else what.numbers
    head = {"connection": catalog.slug, "kind": catalog.kind, **numbers}
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "{what.listed_as}": ['
    for number, record in enumerate(exported):
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


def _note(request: HttpRequest, catalog: Catalog, what: Export, ending: str) -> None:
    """Best effort: a database that cannot be written to must not prevent an export."""
    target = f"{catalog.slug} {what.name}.{ending}"
    try:
        with transaction.atomic():
            audit.note(AuditEntry.Kind.EXPORTED, catalog.connection.team, target, request)
    except DatabaseError:
        log.exception("An export could not be noted in the audit trail.")


def _etag(*parts: str) -> str:
    hashed = hashlib.sha256(chr(31).join(parts).encode()).hexdigest()
    return f'"{hashed[:32]}"'
