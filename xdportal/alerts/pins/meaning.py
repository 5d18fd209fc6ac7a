"""The meaning of an id, by kind: the part of a record that its users rely on. Pure."""

from functools import cache
from typing import NamedTuple

from xdportal.catalog.kinds import KINDS, CatalogKind
from xdportal.catalog.normalise import normal
from xdportal.catalog.replacements import HARDWARE, Meaning
from xdportal.provider.records import Record

MEANING: dict[str, tuple[str, ...]] = {
    "images": ("type", "name", "version"),
    "packages-payg": HARDWARE,
    "packages-rental": HARDWARE,
    "personal": ("name", "os", "data_center"),
}


class Differences(NamedTuple):
    """The fields of a meaning that are another text, and those that are another word."""

    spelled: tuple[str, ...]
    real: tuple[str, ...]


def value(kind: CatalogKind, record: Record, name: str) -> str:
    """Return a field's text; empty if this kind has no such field."""
    field = kind.by_name.get(name)
    return record[field.position] if field else ""


def meaning_of(kind_name: str, record: Record) -> dict[str, str]:
    return {name: record[position] for name, position in _positions(kind_name)}


@cache
def _positions(kind_name: str) -> list[tuple[str, int]]:
    fields = KINDS[kind_name].by_name
    return [(name, fields[name].position) for name in MEANING[kind_name]]


def differences(was: Meaning, now: Meaning) -> Differences:
    """Compare the fields that `was` names."""
    spelled = tuple(name for name in was if was[name] != now.get(name, ""))
    real = tuple(name for name in spelled if normal(was[name]) != normal(now.get(name, "")))
    return Differences(spelled, real)
