"""Lists whose every state is known by a formula: the oracle of the measurements."""

import json
import random
from typing import Any

from xdportal.provider.kinds import ImageRecord

NAMES = ("Ubuntu Server", "Windows Server", "CentOS", "Debian", "Rocky Linux", "openEuler")
SHARE = 100  # one image in a hundred changes with every snapshot


def changed_with(number: int, size: int) -> range:
    """The images (by place) that snapshot `number` changed; the first list changed none."""
    each = max(size // SHARE, 1)
    start = (number * each) % size
    return range(start, start + each) if number > 1 else range(0)


def version_at(place: int, number: int, size: int) -> str:
    """The version of an image as of a snapshot: that of the last snapshot that changed it."""
    each = max(size // SHARE, 1)
    cycle, group = size // each, place // each
    last = number - ((number - group) % cycle)
    return f"20.04 x64 r{last}" if last > 1 else "20.04 x64"


def image(place: int, number: int, size: int) -> ImageRecord:
    return ImageRecord(str(4001 + place), ("BL", "ceph")[place % 2], NAMES[place % 6], version_at(place, number, size))


def images(number: int, size: int) -> frozenset[ImageRecord]:
    return frozenset(image(place, number, size) for place in range(size))


def body(number: int, size: int, *, shuffle: int = 0, trace_id: str = "t") -> bytes:
    """An answer as the provider sends it."""
    rows: list[dict[str, Any]] = [
        {"imageId": i.id, "type": i.type, "systemImageName": i.name, "systemImageVersion": i.version}
        for i in (image(place, number, size) for place in range(size))
    ]
    if shuffle:
        random.Random(shuffle).shuffle(rows)
    return json.dumps({"code": 0, "success": True, "msg": "success", "data": rows, "traceId": trace_id}).encode()
