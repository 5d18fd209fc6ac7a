"""A meaning in parts, as pages show it: each difference beside its former value."""

from collections.abc import Mapping
from typing import NamedTuple

from xdportal.alerts import sentences
from xdportal.alerts.pins.facts import is_listed, plain
from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.states import State
from xdportal.catalog.kinds import KINDS, CatalogKind
from xdportal.catalog.sentences import value

PACKAGE_TITLE = ("type", "gpu")  # what a package is known by, besides what differs


class Part(NamedTuple):
    """One field. Without `label` its value says what it is."""

    name: str
    label: str
    was: str
    now: str

    @property
    def is_changed(self) -> bool:
        return self.was != self.now


def parts_of(finding: Finding) -> list[Part]:
    """Return the fields that name the item, and those that differ."""
    kind = finding.catalog.kind
    was = finding.was
    now = finding.now if is_listed(finding) else was
    if not any(was.values()):
        return []
    if finding.state is State.TOO_DEAR:
        title = Part("", "", sentences.describe(kind, was), sentences.describe(kind, was))
        return [title, Part("price", "", plain(finding.pin) or "", finding.price)]
    if was == now:
        text = sentences.describe(kind, was)
        return [Part("", "", text, text)]
    return compared(KINDS[kind], was, now)


def fields_of(finding: Finding) -> list[Part]:
    """Return every field of the meaning, with both values in words."""
    kind = KINDS[finding.catalog.kind]
    found = []
    for name in finding.was:
        field = kind.by_name[name]
        was = value(field, finding.was[name])
        now = value(field, finding.now.get(name, ""))
        found.append(Part(name, str(field.label), was, now))
    return found


def compared(kind: CatalogKind, was: Mapping[str, str], now: Mapping[str, str]) -> list[Part]:
    """Return name and version before the type; of packages, what differs with its label."""
    known_by = PACKAGE_TITLE if "gpu" in was else (*kind.title, *kind.aside)
    found = []
    for name in dict.fromkeys([*known_by, *was]):
        before = was.get(name, "")
        after = now.get(name, "")
        if name not in was or (before == after and name not in known_by):
            continue
        field = kind.by_name[name]
        label = "" if name in known_by else str(field.label)
        found.append(Part(name, label, value(field, before), value(field, after)))
    return found
