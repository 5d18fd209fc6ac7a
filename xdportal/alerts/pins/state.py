"""The state of many pins at once, now or at any time before: evaluated, never stored as truth."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from xdportal.alerts.channels.message import Level
from xdportal.alerts.models import Pin, PinRevision
from xdportal.alerts.pins import rows
from xdportal.alerts.pins.elsewhere import Missing, listed_elsewhere
from xdportal.alerts.pins.judge import Judgement, Peer, Span, Target, judge
from xdportal.alerts.pins.rows import Key
from xdportal.alerts.pins.states import State
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.state import StateName, state_of
from xdportal.catalog.replacements import Meaning
from xdportal.connections.models import Connection

BROKEN = frozenset({Level.CRITICAL})


@dataclass(frozen=True, slots=True)
class Finding:
    """What happened to a pin: its state, with everything that a sentence about it needs."""

    pin: Pin
    revision: PinRevision
    catalog: Catalog
    state: State
    level: Level | None
    was: Meaning
    now: Meaning
    fields: tuple[str, ...]
    since: datetime | None
    snapshot: int
    price: str = ""
    newer: tuple[Peer, ...] = ()
    reason: str = ""  # of `unknown`: a word of catalog.pages.state.StateName
    by_older_list: Judgement | None = None  # of `unknown`: what the older list says
    elsewhere: Connection | None = None  # of `never_listed`: which of the team lists it

    @property
    def is_broken(self) -> bool:
        return self.level in BROKEN

    @property
    def mark(self) -> str:
        """Return a text that stays the same as long as nothing changes."""
        parts = (
            *(self.revision.number, self.state),
            *(sorted(self.now.items()) if self.state != State.UNKNOWN else ()),
            *(peer.item_id for peer in self.newer),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def is_acknowledged(self) -> bool:
        return self.pin.acknowledged_mark == self.mark


class Subject(NamedTuple):
    """A pin with the revision that is asked about."""

    pin: Pin
    revision: PinRevision


@dataclass(slots=True)
class Known:
    """What the database says about some subjects: their lists, at the snapshots of `numbers`."""

    catalogs: dict[int, Catalog]
    numbers: dict[int, int]
    spans: dict[Key, list[Span]]
    peers: dict[int, list[Span]] = field(default_factory=dict)


def evaluate(
    pins: Iterable[Pin], as_of: datetime | None = None, now: datetime | None = None
) -> dict[int, Finding]:
    """Return the findings by the pins' primary keys; a constant number of queries.

    With `as_of`, by the revisions and lists of that time, as they are known today; a pin that did
    not exist then has none. Without, a list that can't be relied on makes `unknown`.
    """
    subjects = _subjects(list(pins), as_of)
    known = _read(subjects, as_of)
    return findings_of(subjects, known, None if as_of else now or timezone.now())


def findings_of(
    subjects: Sequence[Subject], known: Known, now: datetime | None
) -> dict[int, Finding]:
    """Return the findings from what is known; a constant number of queries.

    A list that can't be relied on `now` makes `unknown`; None asks about a time before.
    """
    judged = [(subject, _judged(subject, known)) for subject in subjects]
    times = _times(judged, known)
    names = _state_names(known, now) if now else {}
    found = {}
    for subject, judgement in judged:
        finding = _finding(subject, judgement, known, times)
        name = names.get(finding.catalog.pk, StateName.OK)
        if name is not StateName.OK:
            finding = _distrusted(finding, judgement, name)
        found[subject.pin.pk] = finding
    return _with_places(found)


def target_of(revision: PinRevision, pin: Pin, kind: str) -> Target:
    return Target(
        kind=kind,
        item_id=revision.item_id,
        meaning=revision.meaning,
        pinned=revision.snapshot,
        exact=pin.exact,
        ceiling=pin.ceiling,
        newer=pin.newer,
    )


def _subjects(pins: list[Pin], as_of: datetime | None) -> list[Subject]:
    if as_of is None:
        return _current(pins)
    latest: dict[int, PinRevision] = {}
    for keys in rows.in_parts([pin.pk for pin in pins]):
        revisions = PinRevision.objects.filter(pin__in=keys, at__lte=as_of)
        for revision in revisions.order_by("pin", "number"):
            latest[revision.pin_id] = revision
    return [Subject(pin, latest[pin.pk]) for pin in pins if pin.pk in latest]


def _current(pins: list[Pin]) -> list[Subject]:
    bare = {pin.current_id: pin for pin in pins if not Pin.current.is_cached(pin)}
    for keys in rows.in_parts([key for key in bare if key is not None]):
        for revision in PinRevision.objects.filter(pk__in=keys):
            bare[revision.pk].current = revision
    return [Subject(pin, pin.current) for pin in pins if pin.current is not None]


def _read(subjects: list[Subject], as_of: datetime | None) -> Known:
    keys = {subject.revision.catalog_id for subject in subjects}
    joined = Catalog.objects.select_related("connection", "latest_snapshot", "quarantined")
    catalogs = {catalog.pk: catalog for catalog in joined.filter(pk__in=keys)}
    wanted = [(catalogs[one.revision.catalog_id], one.revision.item_id) for one in subjects]
    known = Known(
        catalogs=catalogs,
        numbers=_numbers(catalogs, as_of),
        spans=rows.spans_of(wanted),
    )
    known.peers = _peers(subjects, known)
    return known


def _numbers(catalogs: Mapping[int, Catalog], as_of: datetime | None) -> dict[int, int]:
    if as_of is not None:
        return rows.latest_numbers(catalogs.values(), as_of)
    return {catalog.pk: catalog.latest_number for catalog in catalogs.values()}


def _peers(subjects: list[Subject], known: Known) -> dict[int, list[Span]]:
    """Return what is listed under the names of the pins that want to hear of newer versions."""
    wanted = []
    for pin, revision in subjects:
        catalog = known.catalogs[revision.catalog_id]
        name = revision.meaning.get("name", "")
        if pin.newer and catalog.kind == Catalog.Kind.IMAGES and name:
            wanted.append((catalog, name))
    return rows.listed_with(wanted, "name", known.numbers) if wanted else {}


def _with_places(findings: dict[int, Finding]) -> dict[int, Finding]:
    """Add which connection of the team lists what was never listed."""
    missing = {
        key: Missing(finding.pin.team_id, finding.catalog.kind, finding.revision.item_id)
        for key, finding in findings.items()
        if finding.state is State.NEVER_LISTED
    }
    places = listed_elsewhere(missing.values())
    for key, one in missing.items():
        findings[key] = replace(findings[key], elsewhere=places.get(one))
    return findings


def _judged(subject: Subject, known: Known) -> Judgement:
    pin, revision = subject
    catalog = known.catalogs[revision.catalog_id]
    spans = known.spans.get((catalog.pk, revision.item_id), [])
    peers = []
    if pin.newer:
        meaning = revision.meaning
        for span in known.peers.get(catalog.pk, ()):
            item_id, type, name, version = span.record
            is_peer = (type, name) == (meaning.get("type"), meaning.get("name"))
            if is_peer and item_id != revision.item_id:
                peers.append(Peer(item_id, version, span.first))
    target = target_of(revision, pin, catalog.kind)
    return judge(target, spans, known.numbers.get(catalog.pk, 0), peers)


def _times(
    judged: list[tuple[Subject, Judgement]], known: Known
) -> dict[tuple[int, int], datetime]:
    wanted = {
        (subject.revision.catalog_id, judgement.since)
        for subject, judgement in judged
        if judgement.since
    }
    return rows.times_of(wanted)


def _finding(
    subject: Subject,
    judgement: Judgement,
    known: Known,
    times: Mapping[tuple[int, int], datetime],
) -> Finding:
    pin, revision = subject
    catalog = known.catalogs[revision.catalog_id]
    number = known.numbers.get(catalog.pk, 0)
    is_read = number > 0
    return Finding(
        pin=pin,
        revision=revision,
        catalog=catalog,
        state=judgement.state if is_read else State.UNKNOWN,
        level=judgement.level if is_read else None,
        was=judgement.was,
        now=judgement.now,
        fields=judgement.fields,
        since=times.get((catalog.pk, judgement.since), revision.at),
        snapshot=number,
        price=judgement.price,
        newer=judgement.newer,
        reason="" if is_read else StateName.WAITING,
    )


def _state_names(known: Known, at: datetime) -> dict[int, StateName]:
    return {key: state_of(catalog, at).name for key, catalog in known.catalogs.items()}


def _distrusted(finding: Finding, judgement: Judgement, name: StateName) -> Finding:
    """Return the finding as `unknown`: its list can't be relied on now."""
    return replace(
        finding,
        state=State.UNKNOWN,
        level=None,
        fields=(),
        since=_unknown_since(finding.catalog, name),
        newer=(),
        reason=name,
        by_older_list=judgement if finding.snapshot > 0 else None,
    )


def _unknown_since(catalog: Catalog, name: StateName) -> datetime:
    """Return since when a list can't be relied on, as far as it is known."""
    if name is StateName.SUSPECT and catalog.quarantined_answer is not None:
        return catalog.quarantined_answer.first_seen_at
    if name is StateName.STALE and catalog.stale_since is not None:
        return catalog.stale_since
    return catalog.trusted_at
