"""Lists as CSV and JSON, and ids alone as text, streamed: what a page shows, whole and in its
order.

The records are those of `records.py`. The exports of images keep the column names that the first
version gave them. Whole lists are read as tuples, without model instances: nothing but what a row
has is computed for it, and what many rows have in common is computed once.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
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
from xdportal.catalog import history, records, sentences
from xdportal.catalog.compare import Change
from xdportal.catalog.kinds import IMAGES, CatalogKind
from xdportal.catalog.models import Catalog, Listings, Snapshot
from xdportal.catalog.pages.items import ItemList
from xdportal.catalog.pages.query import AVAILABLE, WITHDRAWN
from xdportal.catalog.pages.rows import recent_status
from xdportal.catalog.pages.sides import Line
from xdportal.catalog.pairs import Billing, Offer
from xdportal.catalog.records import Record
from xdportal.lib.batches import batches, joined
from xdportal.lib.csv import Row, csv_pieces, rows_of

log = logging.getLogger(__name__)
CHUNK = 1000
INTERVAL = ("first", "ended", "first_seen")
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
    What is exported are records, unless it is `in_rows` in the order of the columns.
    """

    name: str
    listed_as: str
    columns: tuple[str, ...]
    numbers: dict[str, int] | None = None
    flatten: Callable[[Record], Record] | None = None  # from a JSON record to a CSV row
    in_rows: bool = False


def items_export(kind: CatalogKind) -> Export:
    columns = (*listed_columns(kind), *records.Listed._fields)
    return Export(kind.name, kind.listed_as, columns, in_rows=True)


def ids_export(kind: CatalogKind) -> Export:
    name = "image-ids" if kind is IMAGES else f"{kind.name}-ids"
    return Export(name, "ids", (kind.id_column,), in_rows=True)


def snapshot_export(kind: CatalogKind, number: int) -> Export:
    name = _named(kind, f"snapshot-{number}")
    columns = item_columns(kind)
    return Export(name, kind.listed_as, columns, {"snapshot": number}, in_rows=True)


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


def item_rows(items: ItemList) -> Iterator[Row]:
    """Yield the rows of `items_export`. At most two queries for a thousand of them."""
    columns = items.kind.listing.columns()
    listed = items.listings().values_list(*INTERVAL, *columns)
    end = len(INTERVAL) + len(columns)  # a union also has what it is ordered by
    times = SnapshotTimes(items.catalog)
    for batch in batches(listed.iterator(chunk_size=CHUNK), CHUNK):
        statuses = _recent_statuses(items, batch)
        times.read(set().union(*(row[:3] for row in batch)))
        for row in batch:
            first, ended, first_seen, item_id = row[:4]
            status = statuses.get(item_id, AVAILABLE) if ended is None else WITHDRAWN
            last_change = ended or first
            changed = None if last_change == first_seen else times[last_change]
            yield (*row[3:end], status, times[first_seen], changed)


def _recent_statuses(items: ItemList, batch: Sequence[tuple[Any, ...]]) -> dict[str, str]:
    """Return by id the status of what is listed and something happened to lately."""
    touched = {
        item_id
        for first, ended, _seen, item_id, *_fields in batch
        if ended is None and first >= items.recent
    }
    happened = history.kinds_since(items.catalog, touched, items.recent)
    return {item_id: recent_status(kinds) or AVAILABLE for item_id, kinds in happened.items()}


class SnapshotTimes(dict[int, str | None]):
    """The times of snapshots by number, as texts: few numbers, which very many rows have."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def read(self, numbers: Set[int | None]) -> None:
        """Add the times of those that are not yet known. One query, or none."""
        unknown = {number for number in numbers if number is not None} - self.keys()
        if unknown:
            taken = history.taken(self.catalog, unknown)
            self.update((number, _seconds(at)) for number, at in taken.items())


def id_rows(items: ItemList) -> Iterator[Row]:
    """Yield each id once, even where it is listed with different contents."""
    ids = items.listings().values_list("item_id", flat=True)
    distinct = dict.fromkeys(ids.iterator(chunk_size=CHUNK))
    return ((item_id,) for item_id in distinct)


def snapshot_rows(kind: CatalogKind, listings: Listings) -> Iterator[Row]:
    return listings.values_list(*kind.listing.columns()).iterator(chunk_size=CHUNK)


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
    exported: Iterable[Any],
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
        pieces = _pieces(catalog, what, ending, exported)
        answer = StreamingHttpResponse(pieces, content_type=TYPES[ending])
        now = timezone.localtime()
        name = f"xdportal-{catalog.slug}-{what.name}-{now:%Y%m%d-%H%M}.{ending}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _named(kind: CatalogKind, name: str) -> str:
    return name if kind is IMAGES else f"{kind.name}-{name}"


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


def _pieces(catalog: Catalog, what: Export, ending: str, exported: Iterable[Any]) -> Iterable[str]:
    if ending == "csv":
        rows = exported if what.in_rows else _flat_rows(what, exported)
        return csv_pieces(what.columns, rows)
    if ending == "txt":
        return joined(f"{row[0]}\n" for row in exported)
    if what.in_rows:
        exported = (dict(zip(what.columns, row, strict=True)) for row in exported)
    return joined(_json(catalog, what, exported))


def _flat_rows(what: Export, exported: Iterable[Record]) -> Iterator[Row]:
    flat = map(what.flatten, exported) if what.flatten else exported
    return rows_of(what.columns, flat)


def _json(catalog: Catalog, what: Export, exported: Iterable[Record]) -> Iterator[str]:
    latest = {"snapshot": catalog.latest_number or None}
    numbers = latest if what.numbers is None else what.numbers
    encode = json.JSONEncoder(ensure_ascii=False).encode
    head = {"connection": catalog.slug, "kind": catalog.kind, **numbers}
    yield f'{encode(head)[:-1]}, "{what.listed_as}": ['
    for number, record in enumerate(exported):
        yield ("," if number else "") + "\n" + encode(record)
    yield "\n]}\n"


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
