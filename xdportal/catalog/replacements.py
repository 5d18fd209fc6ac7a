"""What is listed now and could take the place of an image: the nearest first. Pure."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from xdportal.catalog.normalise import ARCHITECTURE, normal
from xdportal.provider.kinds import ImageRecord

MOST = 5
NUMBERS = re.compile(r"\d+")


class Reason(StrEnum):
    SAME = "same"  # system, version and type
    LATER = "later"  # a later version of the same major one
    EARLIER = "earlier"
    OTHER_MAJOR = "other-major"
    OTHER_TYPE = "other-type"  # system and version are the same: it needs another package


class Replacement(NamedTuple):
    image: ImageRecord
    reason: Reason


def replacements(was: ImageRecord, listed: Iterable[ImageRecord]) -> list[Replacement]:
    """Return the best images of the same system; none where nothing is alike."""
    ranked = []
    for image in listed:
        if image.id == was.id or normal(image.name) != normal(was.name):
            continue
        reason, distance = _placed(was, image)
        if reason is not None:
            ranked.append((distance, image.id, Replacement(image, reason)))
    ranked.sort()
    return [replacement for _distance, _id, replacement in ranked[:MOST]]


def _placed(was: ImageRecord, image: ImageRecord) -> tuple[Reason | None, tuple[int, ...]]:
    is_same_version = normal(was.version) == normal(image.version)
    if was.type != image.type:
        return (Reason.OTHER_TYPE, (3,)) if is_same_version else (None, ())
    if is_same_version:
        return Reason.SAME, (0,)
    old, new = _numbers(was.version), _numbers(image.version)
    if not old or not new:
        return None, ()
    gap = abs(new[0] - old[0])
    if gap:
        return Reason.OTHER_MAJOR, (2, gap, 0 if new > old else 1)
    is_later = new >= old
    steps = [abs(a - b) for a, b in zip(old[1:], new[1:], strict=False)]
    return (Reason.LATER if is_later else Reason.EARLIER), (1, 0 if is_later else 1, *steps)


def _numbers(version: str) -> list[int]:
    """Return the version's numbers, without those of the architecture."""
    plain = ARCHITECTURE.sub(" ", version.casefold())
    return [int(digits[:9]) for digits in NUMBERS.findall(plain)]
