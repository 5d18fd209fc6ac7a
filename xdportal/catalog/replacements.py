"""What is listed now and could take the place of an id: the nearest first, none when unsure. Pure.

A meaning is a mapping of field names to texts: type, name and version of an image, the hardware
of a package.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from heapq import nsmallest
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.normalise import ARCHITECTURE, normal

MOST = 5
NUMBERS = re.compile(r"\d+")
HARDWARE = ("type", "gpu", "gpu_count", "cpu", "memory", "disk", "area")
Meaning = Mapping[str, str]
Version = tuple[int, ...]
Distance = tuple[int, ...]


class Reason(StrEnum):
    """Why something could take over."""

    SAME = "same"
    LATER = "later"
    EARLIER = "earlier"
    HARDWARE = "hardware"
    OTHER_TYPE = "other-type"  # it needs another package

    @property
    def words(self) -> Promise:
        return WORDS[self]


WORDS: dict[Reason, Promise] = {
    Reason.SAME: _("same system, version and type"),
    Reason.LATER: _("later version"),
    Reason.EARLIER: _("earlier version"),
    Reason.HARDWARE: _("same hardware and type"),
    Reason.OTHER_TYPE: _("same system and version, but another type: it needs another package"),
}


def words_of(reason: str) -> str:
    """Return a stored reason in words, in the active language."""
    return str(WORDS[Reason(reason)]) if reason in set(Reason) else ""


# Why it could take over, and how far it is away; no reason when unsure.
Placed = tuple[Reason | None, Distance]
Placing = Callable[[Meaning], Placed]
NOT_PLACED: Placed = (None, ())


class Replacement(NamedTuple):
    item_id: str
    meaning: Meaning
    reason: Reason


def replacements(
    was: Meaning,
    item_id: str,
    listed: Iterable[tuple[str, Meaning]],
    *,
    may_need_another_package: bool = False,
) -> list[Replacement]:
    """Return what stands for the same as `item_id` did, or for another version of it.

    Left out are the id itself, and ids that could mean either of two things.
    """
    meanings = certain(listed)
    return nearest(was, item_id, meanings, may_need_another_package=may_need_another_package)


def certain(listed: Iterable[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """Return the meanings by id, without ids that could mean either of two things."""
    meanings: dict[str, Meaning] = {}
    doubtful = set()
    for item_id, meaning in listed:
        if item_id in meanings:
            doubtful.add(item_id)
        meanings[item_id] = meaning
    for item_id in doubtful:
        del meanings[item_id]
    return meanings


def nearest(
    was: Meaning,
    item_id: str,
    meanings: Mapping[str, Meaning],
    *,
    may_need_another_package: bool = False,
) -> list[Replacement]:
    """Return the replacements among ids with a meaning that is certain."""
    placed = _by_hardware(was)
    if "version" in was:
        placed = _by_words(was, may_need_another_package=may_need_another_package)
    ranked = []
    for other_id, meaning in meanings.items():
        reason, distance = placed(meaning)
        if reason is not None and other_id != item_id:
            ranked.append((distance, other_id, reason))
    return [
        Replacement(other_id, meanings[other_id], reason)
        for _distance, other_id, reason in nsmallest(MOST, ranked)
    ]


def _by_hardware(was: Meaning) -> Placing:
    """Return how packages are placed: only the same hardware could take over."""
    hardware = [was.get(name) for name in HARDWARE]

    def placed(now: Meaning) -> Placed:
        is_same = "gpu" in was and hardware == [now.get(name) for name in HARDWARE]
        return (Reason.HARDWARE if is_same else None), ()

    return placed


def _by_words(was: Meaning, *, may_need_another_package: bool) -> Placing:
    """Return how images are placed. What is known of `was` is looked up once, not for each."""
    type = was.get("type")
    name, version = normal(was.get("name", "")), normal(was["version"])
    numbers = _numbers(was["version"])

    def placed(now: Meaning) -> Placed:
        is_other_type = type != now["type"]
        if normal(now["name"]) != name or (is_other_type and not may_need_another_package):
            return NOT_PLACED
        is_same_version = normal(now["version"]) == version
        if is_other_type:
            return (Reason.OTHER_TYPE if is_same_version else None), (2,)
        if is_same_version:
            return Reason.SAME, (0,)
        return _by_version(numbers, _numbers(now["version"]))

    return placed


def _by_version(was: Version, now: Version) -> Placed:
    """Compare two versions: the more numbers they have in common, the nearer they are."""
    if not was or not now or was == now:
        return NOT_PLACED
    common = 0
    for one, other in zip(was, now, strict=False):
        if one != other:
            break
        common += 1
    gap = abs(_part(now, common) - _part(was, common))
    if now > was:
        return Reason.LATER, (1, -common, gap, 0)
    return Reason.EARLIER, (1, -common, gap, 1)


def _part(version: Version, place: int) -> int:
    return version[place] if place < len(version) else 0


@lru_cache(maxsize=8192)
def _numbers(version: str) -> Version:
    """Return the version's numbers, without those of the architecture."""
    plain = ARCHITECTURE.sub(" ", version.casefold())
    return tuple(int(digits[:9]) for digits in NUMBERS.findall(plain))
