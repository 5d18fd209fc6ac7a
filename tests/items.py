"""Lists for the engine's tests, without HTTP."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from xdportal.catalog.checks.engine import check_all, finish
from xdportal.catalog.checks.run import Run
from xdportal.catalog.compare import Counts
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, Check
from xdportal.catalog.records import Record
from xdportal.provider.client import Answer
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import fingerprint, open_envelope
from xdportal.provider.errors import Details, ProviderError
from xdportal.provider.kinds import IMAGES, ImageRecord, Kind
from xdportal.provider.records import RecordList

START = datetime(2026, 1, 1, tzinfo=UTC)


def item(
    image_id: Any, version: str = "20.04 x64", name: str = "Ubuntu Server", type: str = "BL"
) -> dict[str, Any]:
    return {
        "imageId": image_id,
        "type": type,
        "systemImageName": name,
        "systemImageVersion": version,
    }


def items(ids: Iterable[Any], **fields: str) -> list[dict[str, Any]]:
    return [item(image_id, **fields) for image_id in ids]


def package(package_id: Any, price: Any = "1.10", **fields: Any) -> dict[str, Any]:
    """Return a package as the provider lists it."""
    return {
        "packageId": package_id,
        "name": "GPU",
        "type": "BL",
        "gpuNumber": 1,
        "gpuName": "RTX 4090",
        "cpuNumber": 8,
        "memoryNumber": 32,
        "rigidDiskNumber": 256,
        "bandWidth": 10,
        "amount": price,
        "discount": "1",
        "pveMachineType": "2",
        "area": "0",
        "useType": "2",
        **fields,
    }


def personal(item_id: Any, status: Any = 1, **fields: Any) -> dict[str, Any]:
    """Return a personal image as the provider lists it."""
    return {
        "id": item_id,
        "imageId": 2**53 + 1,
        "imageType": "Windows",
        "imageName": "maya",
        "imageSize": "40",
        "datacenterKey": "HZ",
        "status": status,
        "createTime": 1700000000000,
        **fields,
    }


def give_other_lists(catalog: Catalog, at: datetime) -> None:
    """Give packages and personal images to the connection of a list of images."""
    lists = {other.kind: other for other in catalog.connection.catalogs.exclude(kind=catalog.kind)}
    packages = [
        package("7001", "9.5", name="图像处理 T4*1（香港）"),
        package("7002", "1.10", gpuName=None, gpuNumber=0),
        package("7003", "0.5", type="ceph", area="9"),
        package("w" * 128, "2", name="名" * 128, gpuName="g" * 128),
    ]
    mine = [personal("8001", 1), personal("8002", 1), personal("8003", 0), personal("8004", 2)]
    give(lists["packages-payg"], packages, at - timedelta(days=9))
    packages[0] = package("7001", "8.25", cpuNumber=16)
    give(lists["packages-payg"], packages, at)
    give(lists["packages-rental"], [package("7002", "0.9")], at)
    give(lists["personal"], mine, at - timedelta(days=2))
    mine[1] = personal("8002", 3)
    give(lists["personal"], mine, at)


def image(
    image_id: str, version: str = "20.04 x64", name: str = "Ubuntu Server", type: str = "BL"
) -> ImageRecord:
    return ImageRecord(image_id, type, name, version)


def answer(rows: list[Any], trace_id: str = "t", kind: Kind[Any] = IMAGES) -> Answer:
    """As the client would give it. Raises what the client would raise."""
    body = bytearray(
        msgspec.json.encode(
            {"code": 0, "success": True, "msg": "success", "data": rows, "traceId": trace_id}
        )
    )
    details = Details(200, 0, "success", trace_id)
    data = open_envelope(body, 200).data
    return Answer(details, fingerprint(body), decode_list(kind, data, details))


def images_of(listed: RecordList) -> set[ImageRecord]:
    return set(map(IMAGES.record_of, listed.lines))


def lines(*rows: ImageRecord) -> frozenset[bytes]:
    return frozenset(IMAGES.line(row) for row in rows)


class Ended(NamedTuple):
    """What a run came to."""

    check: Check
    counts: Counts


def give(catalog: Catalog, rows: list[Any], at: datetime) -> Ended:
    """Run one check of the engine, as if the provider had answered with the rows."""
    run = Run.claim(catalog.pk, at)
    check = finish(run, answer(rows, kind=spec_of(catalog).provider), at + timedelta(seconds=1))
    catalog.refresh_from_db()
    return Ended(check, run.counts)


def fail(catalog: Catalog, error: ProviderError, at: datetime) -> Ended:
    run = Run.claim(catalog.pk, at)
    check = run.fail(error, at + timedelta(seconds=1))
    catalog.refresh_from_db()
    return Ended(check, run.counts)


def refresh(catalog: Catalog) -> Record:
    """Check one list now, over HTTP; return what `check_catalogs --json` prints."""
    (record,) = check_all(catalog.connection, [catalog])
    return record
