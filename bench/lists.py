"""Lists whose every state is known by a formula: the oracle of the measurements."""

import json
import random
from typing import Any

from xdportal.provider.kinds import ImageRecord

NAMES = ("Ubuntu Server", "Windows Server", "CentOS", "Debian", "Rocky Linux", "openEuler")
TYPES = ("BL", "ceph")
SHARE = 100  # one image in a hundred changes with every snapshot


def changed_with(number: int, size: int) -> range:
    """Return the places of the images that snapshot `number` changed; the first changed none."""
    if number == 1:
        return range(0)
    share = max(size // SHARE, 1)
    start = (number * share) % size
    return range(start, start + share)


def version_at(place: int, number: int, size: int) -> str:
    """Return an image's version as of a snapshot: that of the last snapshot that changed it."""
    share = max(size // SHARE, 1)
    cycle = size // share
    group = place // share
    last = number - ((number - group) % cycle)
    return f"20.04 x64 r{last}" if last > 1 else "20.04 x64"


def image(place: int, number: int, size: int) -> ImageRecord:
    version = version_at(place, number, size)
    return ImageRecord(str(4001 + place), TYPES[place % 2], NAMES[place % 6], version)


def images(number: int, size: int) -> frozenset[ImageRecord]:
    return frozenset(image(place, number, size) for place in range(size))


def body(number: int, size: int, *, shuffle: int = 0, trace_id: str = "t") -> bytes:
    """Return an answer as the provider sends it."""
    rows = [_item(image(place, number, size)) for place in range(size)]
    if shuffle:
        random.Random(shuffle).shuffle(rows)
    answer = {"code": 0, "success": True, "msg": "success", "data": rows, "traceId": trace_id}
    return json.dumps(answer).encode()


def _item(record: ImageRecord) -> dict[str, Any]:
    return {
        "imageId": record.id,
        "type": record.type,
        "systemImageName": record.name,
        "systemImageVersion": record.version,
    }
