"""What can be booted with what, and as an export."""

from collections.abc import Iterator

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xdportal.accounts import teams
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import exports, slots
from xdportal.catalog.kinds import BILLINGS
from xdportal.catalog.pages import pairs
from xdportal.catalog.pages.pairs import Lists, PairQuery, Pairs
from xdportal.catalog.pages.state import state_of
from xdportal.catalog.pairs import CALLS, Billing, request_body
from xdportal.catalog.records import Record
from xdportal.catalog.views.page import Tab, page_of


@require_safe
def pair_page(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    lists = Lists.get_or_404(request.viewer, slug)
    chosen = Pairs(lists, PairQuery.read(request.GET))
    teams.show(request, lists.images.connection.team)
    now = timezone.now()
    used = (lists.images, lists.packages[chosen.query.billing])
    context = {
        "catalog": lists.images,
        "connection": lists.images.connection,
        "packages": used[1],
        "states": [(catalog, state_of(catalog, now)) for catalog in used],
        "pairs": chosen,
        "query": chosen.query,
        "page": page_of(request, chosen.packages()),
        "billing": _switch(request, lists, chosen.query.billing),
        "billing_word": BILLINGS[chosen.query.billing],
        "snippet": _snippet(chosen),
        "beside": _beside(request, lists, chosen),
        "now": now,
    }
    return render(request, "catalog/pairs.html", context)


@require_safe
def pair_export(request: AuthenticatedRequest, slug: str, ending: str) -> HttpResponseBase:
    """Every pair that is asked for. Too many for one file are refused with the reason."""
    lists = Lists.get_or_404(request.viewer, slug)
    query = PairQuery.read(request.GET)
    if pairs.pair_count(lists, query.wish, query.billing) > pairs.MOST_PAIRS:
        reason = _("There are too many pairs for one file. Choose a system first.")
        return HttpResponse(reason, status=400, content_type="text/plain; charset=utf-8")
    packages = lists.packages[query.billing]
    version = f"{lists.images.latest_number} {packages.latest_number}"
    records = _records(lists, query)
    return exports.respond(request, lists.images, exports.PAIRS, ending, records, version)


def _records(lists: Lists, query: PairQuery) -> Iterator[Record]:
    for offer in pairs.all_offers(lists, query.wish, query.billing):
        yield from exports.pair_records(offer, query.billing)


def _switch(request: AuthenticatedRequest, lists: Lists, current: Billing) -> list[Tab]:
    tabs = []
    for billing, packages in lists.packages.items():
        query = request.GET.copy()
        query["billing"] = billing.value
        query.pop("page", None)
        count = packages.latest_snapshot.item_count if packages.latest_snapshot else None
        url = f"?{query.urlencode()}"
        tabs.append(Tab(BILLINGS[billing], url, billing is current, count=count))
    return tabs


def _beside(request: AuthenticatedRequest, lists: Lists, chosen: Pairs) -> list[tuple[str, object]]:
    """Return what other rooms offer for a pair that fits."""
    if not chosen.is_complete or chosen.image is None or chosen.package is None:
        return []
    packages = lists.packages[chosen.query.billing]
    pair = slots.Pair(lists.images, chosen.image, packages, chosen.package)
    return slots.filled_for_pair(request, pair)


def _snippet(chosen: Pairs) -> str:
    """Return the request that would create the host; the portal itself never sends it."""
    if not chosen.is_complete or chosen.image is None or chosen.package is None:
        return ""
    body = request_body(chosen.image.item_id, chosen.package.item_id)
    return exports.request_text(CALLS[chosen.query.billing], body)
