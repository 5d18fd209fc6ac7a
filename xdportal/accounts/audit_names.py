"""What the audit trail is about, by name instead of by slug."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xdportal.accounts.access import Role, Viewer
from xdportal.accounts.models import SLUG, AuditEntry
from xdportal.accounts.signals import names_wanted

Kind = AuditEntry.Kind
OF_ROLES = (Kind.ROLE, Kind.INVITED, Kind.UNINVITED, Kind.JOINED, Kind.REMOVED, Kind.LEFT)
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Named:
    """An entry with what it is about: a name that leads there, between what else was noted."""

    entry: AuditEntry
    before: str = ""
    name: str = ""
    url: str = ""
    after: str = ""


def named(entries: Iterable[AuditEntry], viewer: Viewer) -> list[Named]:
    """Return the entries of a page with names. One query for each room that knows some."""
    listed = list(entries)
    found = [SLUG.search(entry.target) for entry in listed]
    slugs = {match[0] for match in found if match}
    names = _names(viewer, slugs) if slugs else {}
    return [_named(entry, match, names) for entry, match in zip(listed, found, strict=True)]


def _named(
    entry: AuditEntry, match: re.Match[str] | None, names: dict[str, tuple[str, str]]
) -> Named:
    if entry.kind in OF_ROLES:
        return Named(entry, before=_in_words(entry.target))
    if match is None or match[0] not in names:
        return Named(entry, before=entry.target)
    name, url = names[match[0]]
    return Named(entry, entry.target[: match.start()], name, url, entry.target[match.end() :])


def _in_words(roles: str) -> str:
    """Return `member → reader` in the reader's language."""
    labels = dict(Role.choices)
    return WORD.sub(lambda match: str(labels.get(match[0], match[0])), roles)


def _names(viewer: Viewer, slugs: set[str]) -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    answers: list[Any] = [
        names for _, names in names_wanted.send(AuditEntry, viewer=viewer, slugs=slugs)
    ]
    for names in answers:
        known.update(names)
    return known
