"""What is listed now and could take over from pinned ids, by the catalog's rule."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from xdportal.alerts.pins import rows
from xdportal.alerts.pins.judge import Span
from xdportal.alerts.pins.meaning import meaning_of
from xdportal.alerts.pins.state import Finding
from xdportal.catalog.models import Catalog
from xdportal.catalog.replacements import Meaning, Replacement, replacements

Key = TypeVar("Key")


class Leaver(NamedTuple):
    """An id that something has to take over from, and the list in which to look."""

    catalog: Catalog
    item_id: str
    was: Meaning
    snapshot: int  # the number of the list that is looked through


def successors_of(findings: Iterable[Finding]) -> dict[int, list[Replacement]]:
    """Return the successors by the pins' primary keys. One query a table of listings."""
    leavers = {}
    for finding in findings:
        leaver = Leaver(finding.catalog, finding.revision.item_id, finding.was, finding.snapshot)
        leavers[finding.pin.pk] = leaver
    return successors_to(leavers)


def successors_to(leavers: Mapping[Key, Leaver]) -> dict[Key, list[Replacement]]:
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
        found[key] = replacements(leaver.was, leaver.item_id, candidates)
    return found


def _column(catalog: Catalog) -> str:
    if catalog.kind == Catalog.Kind.IMAGES:
        return "name"
    return "type" if catalog.kind != Catalog.Kind.PERSONAL else "item_id"
