"""What is listed now and could take over from a pinned id: the nearest first, none when unsure."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.alerts.pins import rows
from xdportal.alerts.pins.judge import Span
from xdportal.alerts.pins.meaning import HARDWARE, Meaning, meaning_of
from xdportal.alerts.pins.state import Finding
from xdportal.catalog.models import Catalog
from xdportal.catalog.normalise import normal

MOST = 5
NUMBERS = re.compile(r"\d+")
REASONS: dict[str, Promise] = {
    "same": _("same system, version and type"),
    "later": _("later version"),
    "earlier": _("earlier version"),
    "hardware": _("same hardware and type"),
}
Version = tuple[int, ...]
Key = TypeVar("Key")


class Successor(NamedTuple):
    item_id: str
    meaning: Meaning
    why: str  # a word of REASONS

    @property
    def reason(self) -> Promise:
        return REASONS[self.why]


class Leaver(NamedTuple):
    """An id that something has to take over from, and the list in which to look."""

    catalog: Catalog
    item_id: str
    was: Meaning
    snapshot: int  # the number of the list that is looked through


def successors_of(findings: Iterable[Finding]) -> dict[int, list[Successor]]:
    """Return the successors by the pins' primary keys. One query a table of listings."""
    leavers = {}
    for finding in findings:
        leaver = Leaver(finding.catalog, finding.revision.item_id, finding.was, finding.snapshot)
        leavers[finding.pin.pk] = leaver
    return successors_to(leavers)


def successors_to(leavers: Mapping[Key, Leaver]) -> dict[Key, list[Successor]]:
    """Return the successors of each, by its key; without those that have no meaning to look for.

    One query a table of listings.
    """
    wanted = {}
    for key, leaver in leavers.items():
        text = leaver.was.get(_column(leaver.catalog), "")
        if text:
            wanted[key] = (leaver, text)
    numbers = {leaver.catalog.pk: leaver.snapshot for leaver, _text in wanted.values()}
    pairs = {(leaver.catalog.pk, text): leaver.catalog for leaver, text in wanted.values()}
    asked = [(catalog, text) for (_key, text), catalog in pairs.items()]
    by_column: dict[str, dict[int, list[Span]]] = {}
    for column in {_column(catalog) for catalog, _text in asked}:
        of_column = [one for one in asked if _column(one[0]) == column]
        by_column[column] = rows.listed_with(of_column, column, numbers)
    found = {}
    for key, (leaver, _text) in wanted.items():
        listed = by_column[_column(leaver.catalog)].get(leaver.catalog.pk, [])
        candidates = [
            (span.record[0], meaning_of(leaver.catalog.kind, span.record)) for span in listed
        ]
        found[key] = rank(leaver.was, leaver.item_id, candidates)
    return found


def rank(
    was: Meaning, item_id: str, candidates: Iterable[tuple[str, Mapping[str, str]]]
) -> list[Successor]:
    """Return those that stand for the same, or for another version of it; the nearest first."""
    by_id: dict[str, list[Mapping[str, str]]] = {}
    for candidate_id, meaning in candidates:
        by_id.setdefault(candidate_id, []).append(meaning)
    ranked = []
    for candidate_id, meanings in by_id.items():
        if candidate_id == item_id or len(meanings) > 1:
            continue  # itself, or an id that could mean either
        placed = _placed(was, meanings[0])
        if placed is not None:
            why, distance = placed
            ranked.append((distance, Successor(candidate_id, meanings[0], why)))
    ranked.sort(key=lambda one: (one[0], one[1].item_id))
    return [successor for _distance, successor in ranked[:MOST]]


def _column(catalog: Catalog) -> str:
    if catalog.kind == Catalog.Kind.IMAGES:
        return "name"
    return "type" if catalog.kind != Catalog.Kind.PERSONAL else "item_id"


def _placed(was: Meaning, now: Meaning) -> tuple[str, tuple[int, ...]] | None:
    """Return why it could take over, and how far it is away; None when unsure."""
    if "version" not in was:
        is_same = "gpu" in was and all(was.get(name) == now.get(name) for name in HARDWARE)
        return ("hardware", (0,)) if is_same else None
    if (was.get("type"), was.get("name")) != (now.get("type"), now.get("name")):
        return None
    if normal(was["version"]) == normal(now["version"]):
        return "same", (0, 0, 0)
    return _by_version(_numbers(was["version"]), _numbers(now["version"]))


def _by_version(was: Version, now: Version) -> tuple[str, tuple[int, ...]] | None:
    if not was or not now or was == now:
        return None
    is_later = now > was
    common = 0
    while common < min(len(was), len(now)) and was[common] == now[common]:
        common += 1
    gap = abs(_part(now, common) - _part(was, common))
    distance = (1, -common, gap, 0 if is_later else 1)
    return ("later" if is_later else "earlier", distance)


def _part(version: Version, place: int) -> int:
    return version[place] if place < len(version) else 0


@lru_cache(maxsize=8192)
def _numbers(version: str) -> Version:
    """Return the version's numbers, without those of the architecture."""
    plain = normal(version).replace("x64", "").replace("x86", "")
    return tuple(int(digits[:9]) for digits in NUMBERS.findall(plain))
