"""A page's address ending in .csv or .json (.txt: ids alone): same query, same rows, no pages."""

from collections.abc import Iterator
from itertools import groupby

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import exports, history
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.compare import Change
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.pages.change_log import ChangeLog
from xdportal.catalog.pages.changes import ChangesForm
from xdportal.catalog.pages.compare import CompareForm, Comparison
from xdportal.catalog.pages.items import ItemList
from xdportal.catalog.pages.query import ItemQuery
from xdportal.lib.shares import Share

IMAGES = Catalog.Kind.IMAGES
# Of a process's eight threads
SHARE = Share(size=4, each=2, methods=frozenset({"GET"}))


@SHARE.bound
@require_safe
def items(
    request: AuthenticatedRequest, slug: str, ending: str, kind: str = IMAGES
) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    spec = spec_of(catalog)
    recent = history.recent_start(catalog, timezone.now())
    listed = ItemList(catalog, ItemQuery.read(request.GET, spec), recent)
    if ending == "txt":
        what = exports.ids_export(spec)
        rows = exports.id_rows(listed)
    else:
        what = exports.items_export(spec)
        rows = exports.item_rows(listed)
    version = f"{catalog.latest_number} {recent}"
    return exports.respond(request, catalog, what, ending, rows, version)


@SHARE.bound
@require_safe
def snapshot(
    request: AuthenticatedRequest, slug: str, number: int, ending: str, kind: str = IMAGES
) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    spec = spec_of(catalog)
    chosen = get_object_or_404(catalog.snapshots, number=number)
    listings = catalog.listings.as_of(number).in_natural_order(numeric=chosen.numeric)
    rows = exports.snapshot_rows(spec, listings)
    what = exports.snapshot_export(spec, number)
    return exports.respond(request, catalog, what, ending, rows, str(number))


@SHARE.bound
@require_safe
def changes(
    request: AuthenticatedRequest, slug: str, ending: str, kind: str = IMAGES
) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    spec = spec_of(catalog)
    form = ChangesForm(request.GET)
    now = timezone.now()
    entries = _changes(ChangeLog([catalog], form, now))
    records = exports.change_records(spec, entries)
    what = exports.changes_export(spec)
    start = form.start(now)
    version = f"{catalog.latest_number} {start:%Y%m%d%H%M}" if start else str(catalog.latest_number)
    return exports.respond(request, catalog, what, ending, records, version)


@SHARE.bound
@require_safe
def comparison(
    request: AuthenticatedRequest, slug: str, ending: str, kind: str = IMAGES
) -> HttpResponseBase:
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    spec = spec_of(catalog)
    if catalog.latest_snapshot is None:
        raise Http404
    older, newer = CompareForm(catalog, request.GET).pair()
    found = Comparison.of(catalog, older, newer).changes
    records = exports.comparison_records(spec, found)
    what = exports.comparison_export(spec, older.number, newer.number)
    version = f"{older.number} {newer.number}"
    return exports.respond(request, catalog, what, ending, records, version)


def _changes(log: ChangeLog) -> Iterator[tuple[Snapshot, list[Change]]]:
    """Yield the newest first, as on the page; the first list is no change."""
    for snapshot, lines in groupby(log.everything(), key=lambda line: line.snapshot):
        yield snapshot, [line.change for line in lines if line.change is not None]
