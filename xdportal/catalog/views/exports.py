"""A page's address with the ending .csv or .json (.txt: ids alone): the same query, the same rows, no pages."""

from collections.abc import Iterator

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import exports, history
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.compare import Change
from xdportal.catalog.comparison import CompareForm, Comparison
from xdportal.catalog.days import ChangesForm
from xdportal.catalog.images import ImageList, ImageQuery
from xdportal.catalog.models import Catalog, Snapshot

SNAPSHOTS_AT_ONCE = 50


@require_safe
def images(request: AuthenticatedRequest, slug: str, ending: str) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug)
    found = ImageList(catalog, ImageQuery.read(request.GET), history.recent_start(catalog, timezone.now()))
    version = f"{_latest(catalog)} {found.recent}"
    what, records = exports.IMAGES, exports.image_records
    if ending == "txt":
        what, records = exports.IDS, exports.id_records
    return exports.respond(request, catalog, what, ending, records(found), version)


@require_safe
def snapshot(request: AuthenticatedRequest, slug: str, number: int, ending: str) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug)
    chosen = get_object_or_404(catalog.snapshots, number=number)
    listings = history.in_natural_order(history.as_of(catalog, number), chosen.numeric)
    what = exports.snapshot_export(number)
    return exports.respond(request, catalog, what, ending, exports.snapshot_records(listings), str(number))


@require_safe
def changes(request: AuthenticatedRequest, slug: str, ending: str) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug)
    form = ChangesForm(request.GET)
    entries = _changes(form, catalog)
    records = exports.change_records(entries)
    return exports.respond(request, catalog, exports.CHANGES, ending, records, _latest(catalog))


@require_safe
def comparison(request: AuthenticatedRequest, slug: str, ending: str) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug)
    if catalog.latest_snapshot is None:
        raise Http404
    older, newer = CompareForm(catalog, request.GET).pair()
    records = map(exports.comparison_record, Comparison.of(catalog, older, newer).changes)
    what = exports.comparison_export(older.number, newer.number)
    return exports.respond(request, catalog, what, ending, records, f"{older.number} {newer.number}")


def _changes(form: ChangesForm, catalog: Catalog) -> Iterator[tuple[Snapshot, list[Change]]]:
    """Newest first, as on the page; the first list is no change."""
    snapshots = list(form.snapshots(catalog).filter(number__gt=1))
    for start in range(0, len(snapshots), SNAPSHOTS_AT_ONCE):
        some = snapshots[start : start + SNAPSHOTS_AT_ONCE]
        found = history.changes_of(some)
        yield from ((one, [change for change in found[one.pk] if form.wants(change)]) for one in some)


def _latest(catalog: Catalog) -> str:
    return str(catalog.latest_snapshot.number if catalog.latest_snapshot else 0)
