"""What is listed now and could take over from pinned ids, by the catalog's rule."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from xdportal.alerts.pins import rows
from xdportal.alerts.pins.meaning import meaning_of
from xdportal.alerts.pins.state import Finding
from xdportal.catalog.models import Catalog
from xdportal.catalog.replacements import Meaning, Replacement, certain, nearest
from xdportal.provider.records import Record

Key = TypeVar("Key")
Sought = tuple[int, str]  # a catalog's primary key, and a text of the column to look in


class Leaver(NamedTuple):
    """An id that something has to take over from, and the list in which to look."""

    catalog: Catalog
    item_id: str
    was: Meaning
    snapshot: int  # the number of the list that is looked through

    @property
    def sought(self) -> Sought:
        """Return the list, and the text that a candidate has in common with it."""
        return self.catalog.pk, self.was.get(_column(self.catalog), "")


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
    wanted = {key: leaver for key, leaver in leavers.items() if leaver.sought[1]}
    candidates = _candidates(wanted.values())
    return {
        key: nearest(leaver.was, leaver.item_id, candidates.get(leaver.sought, {}))
        for key, leaver in wanted.items()
    }


def _candidates(leavers: Collection[Leaver]) -> dict[Sought, dict[str, Meaning]]:
    """Return what is listed by what is sought. One query a table of listings."""
    catalogs = {leaver.catalog.pk: leaver.catalog for leaver in leavers}
    listed: dict[Sought, list[tuple[str, Meaning]]] = defaultdict(list)
    for key, record in _records(leavers):
        meaning = meaning_of(catalogs[key].kind, record)
        listed[key, meaning[_column(catalogs[key])]].append((record[0], meaning))
    return {sought: certain(found) for sought, found in listed.items()}


def _records(leavers: Collection[Leaver]) -> Iterator[tuple[int, Record]]:
    """Yield what is listed with a text that is sought, with its catalog's primary key."""
    numbers = {leaver.catalog.pk: leaver.snapshot for leaver in leavers}
    texts = {leaver.sought: leaver.catalog for leaver in leavers}
    for column in sorted({_column(catalog) for catalog in texts.values()}):
        asked = [(one, text) for (_key, text), one in texts.items() if _column(one) == column]
        for key, spans in rows.listed_with(asked, column, numbers).items():
            yield from ((key, span.record) for span in spans)


def _column(catalog: Catalog) -> str:
    if catalog.kind == Catalog.Kind.IMAGES:
        return "name"
    return "type" if catalog.kind != Catalog.Kind.PERSONAL else "item_id"
