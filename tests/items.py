"""Lists for the engine's tests, without HTTP."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from xdportal.catalog import record
from xdportal.catalog.lease import claim
from xdportal.catalog.models import Catalog
from xdportal.provider.client import Answer
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import fingerprint, open_envelope
from xdportal.provider.errors import Details, ProviderError
from xdportal.provider.kinds import IMAGES, ImageRecord
from xdportal.provider.records import RecordList

START = datetime(2026, 1, 1, tzinfo=UTC)


def item(image_id: Any, version: str = "20.04 x64", name: str = "Ubuntu Server", type: str = "BL") -> dict[str, Any]:
    return {"imageId": image_id, "type": type, "systemImageName": name, "systemImageVersion": version}


def items(ids: Iterable[Any], **fields: str) -> list[dict[str, Any]]:
    return [item(image_id, **fields) for image_id in ids]


def image(image_id: str, version: str = "20.04 x64", name: str = "Ubuntu Server", type: str = "BL") -> ImageRecord:
    return ImageRecord(image_id, type, name, version)


def answer(rows: list[Any], trace_id: str = "t") -> Answer:
    """As the client would give it. Raises what the client would raise."""
    body = bytearray(
        msgspec.json.encode({"code": 0, "success": True, "msg": "success", "data": rows, "traceId": trace_id})
    )
    details = Details(200, 0, "success", trace_id)
    data = open_envelope(body, 200).data
    return Answer(details, fingerprint(body), decode_list(IMAGES, data, details))


def images_of(listed: RecordList) -> set[ImageRecord]:
    return set(map(IMAGES.record_of, listed.lines))


def lines(*rows: ImageRecord) -> frozenset[bytes]:
    return frozenset(IMAGES.line(row) for row in rows)


def give(catalog: Catalog, rows: list[Any], at: datetime) -> record.Result:
    """One check of the engine at a time, as if the provider had answered with the rows."""
    lease = claim(catalog.pk, at)
    try:
        result = record.record_answer(lease, answer(rows), at + timedelta(seconds=1))
    except ProviderError as error:  # pragma: no cover
        raise AssertionError("use fail()") from error
    catalog.refresh_from_db()
    return result


def fail(catalog: Catalog, error: ProviderError, at: datetime) -> record.Result:
    result = record.record_failure(claim(catalog.pk, at), error, at + timedelta(seconds=1))
    catalog.refresh_from_db()
    return result
