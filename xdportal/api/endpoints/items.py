"""One id of a list, with its life."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xdportal.alerts.pins.successors import successors_of
from xdportal.alerts.records import successor_record
from xdportal.api import groups, meta, problems, questions
from xdportal.api.endpoints.lists import items_of
from xdportal.api.operations import READ, Answer, Call, NoQuery, get
from xdportal.api.parameters import catalog_of, item_id_of
from xdportal.api.problems import Problem
from xdportal.api.questions import Question
from xdportal.api.schemas import OneItem
from xdportal.catalog import history, records
from xdportal.catalog.addresses import item_url
from xdportal.catalog.history import Moment, Timeline
from xdportal.catalog.history.walk import Walk, Wanted
from xdportal.catalog.kinds import CatalogKind, spec_of
from xdportal.catalog.models import Catalog


@get(
    "/connections/{slug}/{kind}/{id}",
    summary=gettext_lazy("One ID and its history, even if it was withdrawn"),
    group=groups.LISTS,
    scopes=READ,
    answer=OneItem,
    problems={404},
)
def get_item(call: Call[NoQuery, None]) -> Answer:
    catalog = catalog_of(call)
    item_id = item_id_of(call)
    recent = history.recent_start(catalog, call.at)
    call.depends_on(*meta.version_of(catalog, call.at), recent)
    life = history.timeline(catalog, item_id)
    if life is None:
        raise Problem(
            problems.NOT_FOUND, _("This list has never held the ID %(id)s.") % {"id": item_id}
        )
    data = {
        **_detail(catalog, life, recent),
        "successors": [] if life.is_listed else _successors(call, catalog, item_id),
    }
    return Answer({"data": data, "meta": meta.of_catalog(catalog, call.at)})


def _detail(catalog: Catalog, life: Timeline, recent: int) -> records.Record:
    assert catalog.latest_snapshot is not None  # noqa: S101
    kind = spec_of(catalog)
    walk = Walk(catalog, catalog.latest_snapshot, recent, Wanted())
    first, *others = sorted(life.listed, key=lambda listing: listing.record)
    (item,) = items_of(walk, [first])
    return {
        **item,
        "listed": life.is_listed,
        "last_seen": records.time(life.last_seen),
        "was": _was(kind, life),
        "also": [records.item(kind, other.record) for other in others],
        "timeline": [_moment(kind, moment) for moment in life.moments],
        "url": settings.SITE_URL + item_url(catalog.slug, catalog.kind, life.item_id),
    }


def _successors(call: Call[NoQuery, None], catalog: Catalog, item_id: str) -> list[records.Record]:
    (one,) = questions.answer([Question(catalog, item_id)], call.viewer, call.at)
    found = successors_of([one.finding]).get(one.finding.pin.pk, ())
    return [successor_record(successor) for successor in found]


def _was(kind: CatalogKind, life: Timeline) -> records.Record | None:
    """Return what the id was before its last change; before a withdrawal, if it is gone."""
    for moment in life.moments:
        if moment.change.before:
            return records.item(kind, moment.change.before[0])
    return None


def _moment(kind: CatalogKind, moment: Moment) -> records.Record:
    change = records.change(kind, moment.change, moment.snapshot)
    return {**change, "absent_seconds": _seconds(moment.absent)}


def _seconds(span: timedelta | None) -> int | None:
    return round(span.total_seconds()) if span is not None else None
