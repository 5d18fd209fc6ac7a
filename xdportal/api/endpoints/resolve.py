"""GET /resolve: the id for a system and its version, or of a pin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.alerts import records as alert_records
from xdportal.alerts.pins.facts import is_listed
from xdportal.alerts.pins.meaning import meaning_of
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import State
from xdportal.alerts.pins.successors import successors_of
from xdportal.api import groups, meta, problems, resolving, trust
from xdportal.api.operations import CHECK, Answer, Call, Query, get
from xdportal.api.parameters import Needed, Version, snapshot_at
from xdportal.api.pin_lookup import get_pin
from xdportal.api.places import Places
from xdportal.api.problems import Problem
from xdportal.api.resolving import Wanted
from xdportal.api.schemas import Environment, Resolved
from xdportal.catalog import records
from xdportal.catalog.kinds import IMAGES
from xdportal.catalog.models import Catalog, ImageListing, Listings, Snapshot
from xdportal.lib.composed import Composed
from xdportal.provider.kinds import ImageRecord

MOST_CANDIDATES = 20


class ResolveQuery(Query, frozen=True, kw_only=True):
    pin: Annotated[
        Needed | None, Meta(description=gettext_noop("The name of a pin, or its UUID."))
    ] = None
    name: Annotated[
        Needed | None, Meta(description=gettext_noop("The system, such as Rocky Linux."))
    ] = None
    version: Annotated[
        Needed | None, Meta(description=gettext_noop("Such as 9.3 x64, or 9.3."))
    ] = None
    type: Needed | None = None
    environment: Environment | None = None
    connection: Needed | None = None
    as_of: Version | None = None
    allow_stale: Annotated[
        bool,
        Meta(
            description=gettext_noop(
                "Answer even from a list that is out of date or held back, and say so."
            )
        ),
    ] = False


@get(
    "/resolve",
    summary=gettext_lazy("The ID for a name and version, or for a pin"),
    description=gettext_lazy(
        "Exact texts are tried first; then texts that differ only in letter case, spaces or the "
        "spelling of x64 (x86_64, amd64, 64位); then the first words of the version. Several IDs "
        "return 409, none returns 404."
    ),
    group=groups.CHECKS,
    scopes=CHECK,
    query=ResolveQuery,
    answer=Resolved,
    problems={404, 409, 503},
    conflicts=(problems.AMBIGUOUS, problems.WHICH_CONNECTION, problems.BROKEN),
)
def resolve(call: Call[ResolveQuery, None]) -> Answer:
    query = call.query
    if query.pin is not None:
        return _by_pin(call, query.pin)
    if query.name is None or query.version is None:
        missing = "name" if query.name is None else "version"
        raise problems.invalid(missing, _("Name a system and its version, or a pin."))
    catalog = Places(call.viewer).catalog("images", query.connection, query.environment)
    return _by_text(call, catalog, Wanted(query.name, query.version, query.type or ""))


def _by_text(call: Call[ResolveQuery, None], catalog: Catalog, wanted: Wanted) -> Answer:
    snapshot = _snapshot(call, catalog)
    call.depends_on(*_version(call, catalog), snapshot.number)
    listed = _listed(catalog, snapshot)
    exact = _with(catalog, snapshot, name=wanted.name, version=wanted.version)
    match = resolving.resolve(wanted, exact)
    names: Sequence[str] = ()
    if not match.records:
        names = _names(catalog, snapshot, listed)
        same = resolving.same_names(wanted.name, names)
        match = resolving.resolve(wanted, _records(listed.filter(name__in=same)))
    if not match.records:
        last_seen = _last_seen(catalog, snapshot, wanted)
        raise _nothing(wanted, listed, names, last_seen)
    meant = _of_ids(catalog, snapshot, match.ids)
    if len(meant) > 1:
        found = [records.item(IMAGES, record) for record in meant[:MOST_CANDIDATES]]
        words = _("%(number)d images match: name the type, or choose an ID.") % {
            "number": len(meant)
        }
        raise Problem(problems.AMBIGUOUS, words, candidates=found)
    return _answer(call, catalog, snapshot, meant[0], match.rule)


def _answer(
    call: Call[ResolveQuery, None],
    catalog: Catalog,
    snapshot: Snapshot,
    record: ImageRecord,
    rule: str,
) -> Answer:
    is_past = call.query.as_of is not None
    about = meta.of_snapshot(catalog, snapshot) if is_past else meta.of_catalog(catalog, call.at)
    document = {
        "data": records.item(IMAGES, record),
        "rule": rule,
        "lock": lock_entry(catalog, record, about, by_slug=call.query.connection is not None),
        "meta": about,
    }
    return Answer(document)


def lock_entry(
    catalog: Catalog, record: ImageRecord, about: meta.Meta, *, by_slug: bool
) -> dict[str, Any]:
    """Return the entry of a lock file that keeps this answer."""
    place = {"connection": catalog.slug} if by_slug else {}
    return {
        "id": record.id,
        "kind": catalog.kind,
        "environment": catalog.connection.environment,
        **place,
        "meaning": meaning_of(catalog.kind, record),
        "seen": {"at": about["checked_at"], "snapshot": about["snapshot"]},
        "used": [],
    }


def _version(call: Call[ResolveQuery, None], catalog: Catalog) -> tuple[object, ...]:
    """Return what an answer from the list depends on; a past one not on its present state."""
    if call.query.as_of is not None:
        return (catalog.pk,)
    return meta.version_of(catalog, call.at)


def _snapshot(call: Call[ResolveQuery, None], catalog: Catalog) -> Snapshot:
    if call.query.as_of is not None:
        return snapshot_at(catalog, call.query.as_of, "as_of", call.at)
    trust.require_read(catalog, call.at)
    if not call.query.allow_stale:
        trust.require_trusted(catalog, call.at)
    assert catalog.latest_snapshot is not None  # noqa: S101
    return catalog.latest_snapshot


def _listed(catalog: Catalog, snapshot: Snapshot) -> Listings:
    if snapshot.number == catalog.latest_number:
        return catalog.listings.current()
    return catalog.listings.as_of(snapshot.number)


def _with(catalog: Catalog, snapshot: Snapshot, **texts: str) -> list[ImageRecord]:
    """Return what is listed with these texts; now by a query that is composed once a process."""
    if snapshot.number == catalog.latest_number:
        found = LISTED_WITH.rows(*texts, catalog=catalog.pk, **texts)
        return [listing.record for listing in found]
    return _records(_listed(catalog, snapshot).filter(**texts))


def _listed_with(*names: str, catalog: int, **texts: str) -> Listings:
    listed = ImageListing.objects.filter(catalog=catalog, **texts)
    return listed.current().order_by("item_id", "pk")


LISTED_WITH = Composed(_listed_with)


def _of_ids(catalog: Catalog, snapshot: Snapshot, ids: Sequence[str]) -> list[ImageRecord]:
    if len(ids) == 1:
        return _with(catalog, snapshot, item_id=ids[0])
    return _records(_listed(catalog, snapshot).filter(item_id__in=ids))


def _names(catalog: Catalog, snapshot: Snapshot, listed: Listings) -> list[str]:
    """Return the systems of the list: as counted with the snapshot, if they were."""
    counted = snapshot.facet("name")
    if counted is not None:
        return list(counted)
    return list(listed.order_by().values_list("name", flat=True).distinct())


def _records(listed: Listings) -> list[ImageRecord]:
    rows = listed.order_by("item_id", "pk").values_list(*listed.model.columns())
    return [ImageRecord(*row) for row in rows]


def _nothing(
    wanted: Wanted, listed: Listings, names: Sequence[str], last_seen: dict[str, Any] | None
) -> Problem:
    near = _records(listed.filter(name__in=resolving.near_names(wanted.name, names)))
    nearest = [records.item(IMAGES, record) for record in resolving.nearest(wanted, near)]
    return Problem(
        problems.NOT_FOUND,
        _("No image with that name and version is listed."),
        nearest=nearest,
        last_seen=last_seen,
    )


def _last_seen(catalog: Catalog, snapshot: Snapshot, wanted: Wanted) -> dict[str, Any] | None:
    """Return what was listed under these words before this snapshot, and when it went.

    Three queries at most. What happened later is left out: a past answer never changes.
    """
    ended = catalog.listings.filter(ended__lte=snapshot.number)
    names = list(ended.order_by().values_list("name", flat=True).distinct())
    same = ended.filter(name__in=resolving.same_names(wanted.name, names))
    rows = {listing.record: listing for listing in same.order_by("ended", "pk")}
    match = resolving.resolve(wanted, rows)
    gone = [rows[record] for record in match.records]
    if not gone:
        return None
    last = max(gone, key=lambda listing: (listing.ended or 0, listing.item_id))
    following = catalog.snapshots.get(number=last.ended)
    return {
        **records.item(IMAGES, last.record),
        "snapshot": following.number - 1,
        "withdrawn_at": records.time(following.taken_at),
    }


def _by_pin(call: Call[ResolveQuery, None], name: str) -> Answer:
    for other in ("name", "version", "type", "environment", "connection"):
        if getattr(call.query, other) is not None:
            raise problems.invalid(other, _("The pin already specifies this."))
    pin = get_pin(call.viewer, name)
    moment = _moment(call, pin.catalog)
    finding = evaluate([pin], moment, call.at).get(pin.pk)
    if finding is None:
        raise Problem(problems.NOT_FOUND, _("The pin did not exist at that time."))
    catalog = finding.catalog
    call.depends_on(pin.pk, finding.mark, *_version(call, catalog), finding.snapshot)
    if finding.state is State.UNKNOWN:
        _require_known(call, catalog, finding)
    elif not _is_usable(finding):
        raise _broken(finding)
    snapshot = catalog.snapshots.get(number=finding.snapshot)
    rows = _listed(catalog, snapshot).filter(item_id=finding.revision.item_id)
    listing = rows.order_by("pk").first()
    if listing is None:
        raise _broken(finding)
    return _pinned(call, finding, snapshot, listing.record)


def _require_known(call: Call[ResolveQuery, None], catalog: Catalog, finding: Finding) -> None:
    if not call.query.allow_stale or finding.by_older_list is None:
        trust.require_read(catalog, call.at)
        trust.require_trusted(catalog, call.at)


def _pinned(
    call: Call[ResolveQuery, None], finding: Finding, snapshot: Snapshot, record: Any
) -> Answer:
    catalog = finding.catalog
    is_past = call.query.as_of is not None
    about = meta.of_snapshot(catalog, snapshot) if is_past else meta.of_catalog(catalog, call.at)
    meaning = meaning_of(catalog.kind, record)
    return Answer(
        {
            "data": {"id": record[0], **meaning},
            "rule": "pin",
            "lock": lock_entry(catalog, record, about, by_slug=True),
            "meta": about,
        }
    )


def _moment(call: Call[ResolveQuery, None], catalog: Catalog) -> datetime | None:
    as_of = call.query.as_of
    if as_of is None:
        return None
    if isinstance(as_of, datetime):
        snapshot_at(catalog, as_of, "as_of", call.at)
        return as_of
    return snapshot_at(catalog, as_of, "as_of", call.at).taken_at


def _is_usable(finding: Finding) -> bool:
    """Whether the id still stands for what was pinned, or for another version or price of it."""
    return not finding.is_broken and finding.state is not State.AMBIGUOUS


def _broken(finding: Finding) -> Problem:
    successors = successors_of([finding]).get(finding.pin.pk, ())
    instead = [alert_records.successor_record(one) for one in successors]
    sentence = alert_records.sentence(finding)
    if is_listed(finding):
        return Problem(problems.BROKEN, sentence, candidates=instead)
    was = {"id": finding.revision.item_id, **finding.was} if finding.was else None
    return Problem(problems.NOT_FOUND, sentence, nearest=instead, last_seen=was)
