"""Find the events that are shown but not sent: muted, acknowledged or expected ones."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime

from django.db.models import F

from xdportal.alerts.models import CatalogMute, ExpectedChange
from xdportal.alerts.pins.state import Finding
from xdportal.catalog.history import changes_of
from xdportal.catalog.models import Catalog, Event, Snapshot

Silence = Event.Silence
CHANGES = (Event.Type.CATALOG_CHANGED, Event.Type.CATALOG_HELD)


def of_findings(
    findings: Sequence[Finding], at: datetime, changed: Container[int]
) -> dict[int, str]:
    """Return the silences by the pins' primary keys. Two queries.

    `changed` are the pins whose list says something else than before. Only that can be expected,
    not that a list can't be read.
    """
    catalogs = {finding.catalog.pk for finding in findings}
    muted = muted_catalogs(catalogs, at)
    expected = _expected(catalogs, at)
    found: dict[int, str] = {}
    matched = []
    for finding in findings:
        pin = finding.pin
        if pin.is_muted(at) or finding.catalog.pk in muted:
            found[pin.pk] = Silence.MUTED
        elif finding.is_acknowledged:
            found[pin.pk] = Silence.ACKNOWLEDGED
        elif pin.pk in changed:
            change = _matching(expected, finding)
            if change is not None:
                found[pin.pk] = Silence.EXPECTED
                matched.append(change.pk)
    _count(matched)
    return found


def of_event(event: Event, at: datetime) -> str:
    """Return why an event of a list or a connection stays silent; two queries for a list's."""
    if event.catalog_id is None:
        return Silence.NONE
    if event.catalog_id in muted_catalogs([event.catalog_id], at):
        return Silence.MUTED
    if event.type not in CHANGES:
        return Silence.NONE
    for change in _expected([event.catalog_id], at):
        if _covers(change, event):
            _count([change.pk])
            return Silence.EXPECTED
    return Silence.NONE


def muted_catalogs(catalogs: Iterable[int], at: datetime) -> set[int]:
    muted = CatalogMute.objects.filter(catalog__in=set(catalogs), until__gt=at)
    return set(muted.values_list("catalog_id", flat=True))


def _expected(catalogs: Iterable[int], at: datetime) -> list[ExpectedChange]:
    return list(ExpectedChange.objects.running(at).filter(catalog__in=set(catalogs)))


def _matching(expected: Iterable[ExpectedChange], finding: Finding) -> ExpectedChange | None:
    names = {finding.was.get("name", ""), finding.now.get("name", "")}
    own = [change for change in expected if change.catalog_id == finding.catalog.pk]
    for change in own:
        if _matches(change, finding.revision.item_id, names):
            return change
    return None


def _matches(change: ExpectedChange, item_id: str, names: Iterable[str]) -> bool:
    if not change.ids and not change.systems:
        return True
    systems = {system.casefold() for system in change.systems}
    return item_id in change.ids or any(name.casefold() in systems for name in names)


def _covers(change: ExpectedChange, event: Event) -> bool:
    """Whether all that changed was expected; a list that is held back, only as a whole."""
    if not change.ids and not change.systems:
        return True
    number = event.data.get("snapshot")
    snapshots = Snapshot.objects.select_related("catalog").filter(
        catalog=event.catalog_id, number=number
    )
    snapshot = snapshots.first() if number else None
    if snapshot is None:
        return False
    place = _name_position(snapshot.catalog)
    for changed in changes_of([snapshot])[snapshot.pk]:
        names = {record[place] for record in (*changed.before, *changed.after)}
        if not _matches(change, changed.item_id, names):
            return False
    return True


def _name_position(catalog: Catalog) -> int:
    return catalog.listing_model.columns().index("name")


def _count(matched: Iterable[int]) -> None:
    for key in matched:
        ExpectedChange.objects.filter(pk=key).update(matched=F("matched") + 1)
