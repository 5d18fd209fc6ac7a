"""What is listed now and could take the place of an id: the nearest first, none when unsure. Pure.

A meaning is a mapping of field names to texts: type, name and version of an image, the hardware
of a package.
"""

import re
from collections.abc import Iterable, Mapping
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
    ranked = []
    for other_id, meaning in meanings.items():
        if other_id == item_id:
            continue
        reason, distance = _placed(was, meaning)
        if reason is None or (reason is Reason.OTHER_TYPE and not may_need_another_package):
            continue
        ranked.append((distance, other_id, reason))
    return [
        Replacement(other_id, meanings[other_id], reason)
        for _distance, other_id, reason in nsmallest(MOST, ranked)
    ]


def _placed(was: Meaning, now: Meaning) -> tuple[Reason | None, Distance]:
    """Return why it could take over, and how far it is away; no reason when unsure."""
    if "version" not in was:
        is_same = "gpu" in was and all(was.get(name) == now.get(name) for name in HARDWARE)
        return (Reason.HARDWARE if is_same else None), ()
    if normal(was.get("name", "")) != normal(now["name"]):
        return None, ()
    is_same_version = normal(was["version"]) == normal(now["version"])
    if was.get("type") != now["type"]:
        return (Reason.OTHER_TYPE if is_same_version else None), (2,)
    if is_same_version:
        return Reason.SAME, (0,)
    return _by_version(_numbers(was["version"]), _numbers(now["version"]))


def _by_version(was: Version, now: Version) -> tuple[Reason | None, Distance]:
    """Compare two versions: the more numbers they have in common, the nearer they are."""
    if not was or not now or was == now:
        return None, ()
    common = 0
    while common < min(len(was), len(now)) and was[common] == now[common]:
        common += 1
    gap = abs(_part(now, common) - _part(was, common))
    is_later = now > was
    distance = (1, -common, gap, 0 if is_later else 1)
    return (Reason.LATER if is_later else Reason.EARLIER), distance


def _part(version: Version, place: int) -> int:
    return version[place] if place < len(version) else 0


@lru_cache(maxsize=8192)
def _numbers(version: str) -> Version:
    """Return the version's numbers, without those of the architecture."""
    plain = ARCHITECTURE.sub(" ", version.casefold())
    return tuple(int(digits[:9]) for digits in NUMBERS.findall(plain))
