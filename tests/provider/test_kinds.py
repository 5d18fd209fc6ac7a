"""Every kind of list, with the examples of the provider's documentation."""

import json
from typing import Any

import pytest

from xdportal.provider.decoding import decode_list
from xdportal.provider.errors import Details
from xdportal.provider.kinds import (
    IMAGES,
    KINDS,
    PACKAGES_PAYG,
    PACKAGES_RENTAL,
    PERSONAL,
    Kind,
    PackageRecord,
    PersonalRecord,
)
from xdportal.provider.records import Ignored, RecordList

# As in the provider's examples: numbers where its tables say string, and the other way round.
PACKAGE = {
    "packageId": "a7b2",
    "name": "图像型 RTX 4090*1",
    "gpuNumber": 1,
    "gpuName": "RTX 4090",
    "cpuNumber": 16,
    "memoryNumber": 64,
    "rigidDiskNumber": 512,
    "bandWidth": 30,
    "amount": 4.2,
    "discount": 1,
    "type": "ceph",
    "pveMachineType": "1",
    "area": "0",
    "useType": "2",
}
PACKAGE_RECORD = PackageRecord(
    id="a7b2",
    name="图像型 RTX 4090*1",
    type="ceph",
    gpu="RTX 4090",
    gpu_count="1",
    cpu="16",
    memory="64",
    disk="512",
    bandwidth="30",
    area="0",
    machine_type="1",
    use_type="2",
    price="4.2",
    discount="1",
)
PERSONAL_IMAGE = {
    "id": "p1",
    "imageId": 9007199254740993,  # 2^53 + 1: no float holds it
    "imageType": "Windows",
    "imageName": "Maya 2024",
    "imageSize": "128.00",
    "datacenterKey": "HZ",
    "status": 1,
    "createTime": 1708330251000,
}
PERSONAL_RECORD = PersonalRecord(
    id="p1",
    image_id="9007199254740993",
    name="Maya 2024",
    os="Windows",
    size="128.00",
    data_center="HZ",
    status="1",
    created="1708330251000",
)


def read(kind: Kind[Any], *items: Any) -> RecordList:
    return decode_list(kind, json.dumps(items).encode(), Details(200))


def records(kind: Kind[Any], *items: Any) -> set[Any]:
    return set(map(kind.record_of, read(kind, *items).lines))


def test_the_kinds_and_their_paths() -> None:
    assert {kind.name: (kind.path, kind.paged) for kind in KINDS.values()} == {
        "images": ("/v1/pve/open/image", False),
        "packages-payg": ("/v1/pve/open/packAge/0", False),
        "packages-rental": ("/v1/pve/open/packAge/1", False),
        "personal": ("/v1/open/image/personal/getList", True),
    }
    assert list(KINDS) == [kind.name for kind in KINDS.values()]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_item_has_the_fields_of_its_record_in_the_same_order(kind: Kind[Any]) -> None:
    assert tuple(field.name for field in kind.fields) == kind.record._fields
    assert kind.fields[0].name == "id"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_line_gives_its_record_back(kind: Kind[Any]) -> None:
    record = kind.record(*(f"text {place}" for place in range(len(kind.fields))))

    assert kind.record_of(kind.line(record)) == record


@pytest.mark.parametrize("kind", [PACKAGES_PAYG, PACKAGES_RENTAL], ids=["payg", "rental"])
def test_a_package_as_in_the_example(kind: Kind[Any]) -> None:
    assert records(kind, PACKAGE) == {PACKAGE_RECORD}


def test_a_personal_image_as_in_the_example() -> None:
    assert records(PERSONAL, PERSONAL_IMAGE) == {PERSONAL_RECORD}


def test_a_number_and_its_text_are_the_same() -> None:
    texts = {name: str(value) for name, value in PACKAGE.items()}
    numbers = PACKAGE | {"pveMachineType": 1, "area": 0, "useType": 2}

    assert records(PACKAGES_PAYG, PACKAGE, texts, numbers) == {PACKAGE_RECORD}
    assert records(PERSONAL, PERSONAL_IMAGE, PERSONAL_IMAGE | {"status": "1"}) == {PERSONAL_RECORD}


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ('"128.00"', "128.00"),
        ("128.00", "128.00"),
        ("128", "128"),
        ('" 128  GB "', "128 GB"),
        ("null", ""),
        ('""', ""),
    ],
)
def test_a_size_is_kept_as_it_is_written(written: str, size: str) -> None:
    data = f'[{{"id": "p1", "imageName": "n", "status": 1, "imageSize": {written}}}]'
    listed = decode_list(PERSONAL, data.encode(), Details(200))

    assert [PERSONAL.record_of(line).size for line in listed.lines] == [size]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [(True, "wrong_type"), ([128], "wrong_type"), ({}, "wrong_type"), ("x" * 129, "too_long")],
)
def test_an_unusable_size_is_named(odd: Any, reason: str) -> None:
    good = [PERSONAL_IMAGE | {"id": str(number)} for number in range(3)]
    listed = read(PERSONAL, *good, PERSONAL_IMAGE | {"imageSize": odd})

    assert listed.ignored == (Ignored(3, "imageSize", reason),)


@pytest.mark.parametrize("gpu", [None, "", " "])
def test_a_package_without_a_gpu(gpu: str | None) -> None:
    without = PACKAGE | {"gpuNumber": 0, "gpuName": gpu}

    assert records(PACKAGES_PAYG, without) == {PACKAGE_RECORD._replace(gpu="", gpu_count="0")}


def test_optional_fields_that_are_missing_or_null_are_empty() -> None:
    required = {name: PACKAGE[name] for name in ("packageId", "name", "type", "amount")}
    nulls = dict.fromkeys(PACKAGE, None) | required
    blank = PackageRecord("a7b2", PACKAGE_RECORD.name, "ceph", *[""] * 9, "4.2", "")

    assert records(PACKAGES_PAYG, required, nulls) == {blank}


@pytest.mark.parametrize(
    ("kind", "item", "name"),
    [
        (IMAGES, {"imageId": "1", "type": "BL", "systemImageName": "n"}, "systemImageVersion"),
        *[
            (PACKAGES_PAYG, {key: PACKAGE[key] for key in PACKAGE if key != missing}, missing)
            for missing in ("packageId", "name", "type", "amount")
        ],
        *[
            (PERSONAL, {key: value for key, value in PERSONAL_IMAGE.items() if key != name}, name)
            for name in ("id", "imageName", "status")
        ],
    ],
)
def test_required_fields(kind: Kind[Any], item: dict[str, Any], name: str) -> None:
    good = {IMAGES: item | {name: "v"}, PACKAGES_PAYG: PACKAGE, PERSONAL: PERSONAL_IMAGE}[kind]
    others = [good | {kind.fields[0].provider_name: str(number)} for number in range(3)]

    assert read(kind, *others, item).ignored == (Ignored(3, name, "missing"),)


@pytest.mark.parametrize(
    ("odd", "name", "reason"),
    [
        ({"gpuNumber": 1.5}, "gpuNumber", "wrong_type"),
        ({"cpuNumber": True}, "cpuNumber", "wrong_type"),
        ({"area": ["0"]}, "area", "wrong_type"),
        ({"gpuName": 4090}, "gpuName", "wrong_type"),
        ({"gpuName": "x" * 129}, "gpuName", "too_long"),
        ({"useType": "a\x00"}, "useType", "control"),
        ({"memoryNumber": 10**200}, "memoryNumber", "too_long"),
        ({"amount": -1}, "amount", "negative"),
        ({"amount": "-0.5"}, "amount", "negative"),
        ({"amount": "NaN"}, "amount", "no_decimal"),
        ({"amount": "1,5"}, "amount", "no_decimal"),
        ({"amount": ""}, "amount", "no_decimal"),
        ({"amount": "1" * 33}, "amount", "out_of_range"),
        ({"amount": "1e999"}, "amount", "out_of_range"),
        ({"amount": None}, "amount", "wrong_type"),
        ({"amount": {}}, "amount", "wrong_type"),
        ({"discount": "free"}, "discount", "no_decimal"),
    ],
)
def test_an_unusable_field_is_named(odd: dict[str, Any], name: str, reason: str) -> None:
    good = [PACKAGE | {"packageId": str(number)} for number in range(3)]

    assert read(PACKAGES_PAYG, *good, PACKAGE | odd).ignored == (Ignored(3, name, reason),)


def test_unknown_codes_are_kept_as_they_came() -> None:
    unknown = PACKAGE | {"area": 17, "pveMachineType": "x9", "useType": "７"}
    kept = PACKAGE_RECORD._replace(area="17", machine_type="x9", use_type="７")

    assert records(PACKAGES_PAYG, unknown) == {kept}
