"""Every kind of list: where it is read, what its items look like, and the record made of one.

An item struct declares the provider's field names, in the order of the record. A field without a
default is required: an item that lacks it is unusable. The types are those of `fields.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Raw, field

from xdportal.provider.fields import (
    Code,
    Decimals,
    Id,
    OptionalCode,
    OptionalDecimals,
    OptionalNumber,
    OptionalText,
    Text,
)
from xdportal.provider.records import Line


class ImageRecord(NamedTuple):
    """One image as listed. As in every record, all are texts, the id first; none holds a tab."""

    id: str
    type: str
    name: str
    version: str


class PackageRecord(NamedTuple):
    """One host package as listed. Numbers have no documented unit."""

    id: str
    name: str
    type: str
    gpu: str
    gpu_count: str
    cpu: str
    memory: str
    disk: str
    bandwidth: str
    area: str
    machine_type: str
    use_type: str
    price: str  # an hour, as the shortest decimal text
    discount: str  # 1: none, 0.8: 20 % off


class PersonalRecord(NamedTuple):
    """One personal image as listed. `id` is what creates a host, never `image_id`."""

    id: str
    image_id: str
    name: str
    os: str
    size: str
    data_center: str
    status: str
    created: str  # milliseconds since 1970


class ImageItem(msgspec.Struct, gc=False):
    id: Id = field(name="imageId")
    type: Text
    name: Text = field(name="systemImageName")
    version: Text = field(name="systemImageVersion")


class PackageItem(msgspec.Struct, gc=False, kw_only=True):
    id: Id = field(name="packageId")
    name: Text
    type: Text
    gpu: OptionalText = field(name="gpuName", default=None)
    gpu_count: OptionalCode = field(name="gpuNumber", default=None)
    cpu: OptionalCode = field(name="cpuNumber", default=None)
    memory: OptionalCode = field(name="memoryNumber", default=None)
    disk: OptionalCode = field(name="rigidDiskNumber", default=None)
    bandwidth: OptionalCode = field(name="bandWidth", default=None)
    area: OptionalCode = None
    machine_type: OptionalCode = field(name="pveMachineType", default=None)
    use_type: OptionalCode = field(name="useType", default=None)
    price: Decimals = field(name="amount")
    discount: OptionalDecimals = Raw(b"")


class PersonalItem(msgspec.Struct, gc=False, kw_only=True):
    id: Id
    image_id: OptionalCode = field(name="imageId", default=None)
    name: Text = field(name="imageName")
    os: OptionalText = field(name="imageType", default=None)
    size: OptionalNumber = field(name="imageSize", default=Raw(b""))
    data_center: OptionalCode = field(name="datacenterKey", default=None)
    status: Code
    created: OptionalCode = field(name="createTime", default=None)


class Field(NamedTuple):
    name: str  # the record's
    provider_name: str
    required: bool
    decoder: msgspec.json.Decoder[Any]  # of the JSON types that are accepted
    convert: Callable[[Any], str]  # from what is decoded; raises Unusable


Record = TypeVar("Record", bound=tuple[str, ...])


@dataclass(frozen=True)
class Kind(Generic[Record]):
    name: str
    path: str
    record: type[Record]
    item: type[msgspec.Struct]
    paged: bool = False

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(_field(declared) for declared in msgspec.structs.fields(self.item))

    def line(self, record: Record) -> Line:
        return "\t".join(record).encode()

    def record_of(self, line: Line) -> Record:
        make: Callable[..., Record] = self.record
        return make(*line.decode().split("\t"))


def _field(declared: msgspec.structs.FieldInfo) -> Field:
    return Field(
        name=declared.name,
        provider_name=declared.encode_name,
        required=declared.required,
        decoder=msgspec.json.Decoder(declared.type),
        convert=declared.type.__metadata__[0],
    )


IMAGES = Kind("images", "/v1/pve/open/image", ImageRecord, ImageItem)
PACKAGES_PAYG = Kind("packages-payg", "/v1/pve/open/packAge/0", PackageRecord, PackageItem)
PACKAGES_RENTAL = Kind("packages-rental", "/v1/pve/open/packAge/1", PackageRecord, PackageItem)
PERSONAL = Kind(
    "personal", "/v1/open/image/personal/getList", PersonalRecord, PersonalItem, paged=True
)
KINDS: dict[str, Kind[Any]] = {
    kind.name: kind for kind in (IMAGES, PACKAGES_PAYG, PACKAGES_RENTAL, PERSONAL)
}
