"""Lists for the engine's tests, without HTTP."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from xdportal.catalog import record
from xdportal.catalog.lease import claim
from xdportal.catalog.models import Catalog
from xdportal.provider import decode
from xdportal.provider.client import ImageAnswer
from xdportal.provider.decode import Image
from xdportal.provider.errors import Details, ProviderError

START = datetime(2026, 1, 1, tzinfo=UTC)


def item(image_id: Any, version: str = "20.04 x64", name: str = "Ubuntu Server", type: str = "BL") -> dict[str, Any]:
    return {"imageId": image_id, "type": type, "systemImageName": name, "systemImageVersion": version}


def items(ids: Iterable[Any], **fields: str) -> list[dict[str, Any]]:
    return [item(image_id, **fields) for image_id in ids]


def image(image_id: str, version: str = "20.04 x64", name: str = "Ubuntu Server", type: str = "BL") -> Image:
    return Image(image_id, type, name, version)


def answer(rows: list[Any], trace_id: str = "t") -> ImageAnswer:
    """As the client would give it. Raises what the client would raise."""
    body = bytearray(
        msgspec.json.encode({"code": 0, "success": True, "msg": "success", "data": rows, "traceId": trace_id})
    )
    details = Details(200, 0, "success", trace_id)
    data = decode.open_envelope(body, 200).data
    return ImageAnswer(details, decode.fingerprint(body), decode.decode_images(data, details))


def images_of(found: decode.ImageList) -> set[Image]:
    return set(map(Image.of, found.lines))


def lines(*rows: Image) -> frozenset[bytes]:
    return frozenset(row.line for row in rows)


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
