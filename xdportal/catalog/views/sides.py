"""Two connections side by side, as a page and as an export."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import exports
from xdportal.catalog.kinds import KINDS
from xdportal.catalog.pages.sides import Side, Sides
from xdportal.catalog.pages.state import state_of
from xdportal.catalog.views.page import page_of

LINES = 60


@require_safe
def compare_catalogs(request: AuthenticatedRequest) -> HttpResponse:
    sides = Sides.read(request.viewer, request.GET)
    now = timezone.now()
    both = [side for side in (sides.left, sides.right) if side is not None]
    context = {
        "sides": sides,
        "kind": sides.kind,
        "kinds": KINDS.values(),
        "states": [(side.catalog, state_of(side.catalog, now)) for side in both],
        "troubles": [side.asked for side in both if side.asked.trouble],
        "page": page_of(request, sides.lines if sides.is_complete else [], LINES),
        "now": now,
    }
    return render(request, "catalog/compare_catalogs.html", context)


@require_safe
def sides_export(request: AuthenticatedRequest, ending: str) -> HttpResponseBase:
    """The lines of the page: which id stands for what on either side."""
    sides = Sides.read(request.viewer, request.GET)
    if not sides.is_complete or sides.left is None or sides.right is None:
        raise Http404
    records = exports.side_records(sides.kind, sides.lines)
    version = f"{_version(sides.left)} {_version(sides.right)} {sides.match}"
    what = exports.sides_export(sides.kind, sides.left.catalog, sides.right.catalog)
    return exports.respond(request, sides.left.catalog, what, ending, records, version)


def _version(side: Side) -> str:
    return f"{side.catalog.pk} {side.snapshot.number if side.snapshot else 0}"
