from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages import charts
from xdportal.catalog.pages.compare import CompareForm, Comparison
from xdportal.catalog.views.page import ROWS, billing_switch, catalog_page, page_of

CHANGES_A_PAGE = 50  # a hundred kilobytes at most
IMAGES = Catalog.Kind.IMAGES


@require_safe
def snapshot_list(request: AuthenticatedRequest, slug: str, kind: str = IMAGES) -> HttpResponse:
    catalog, context = catalog_page(request, slug, kind)
    context["billing"] = billing_switch(catalog, context["kind"], "snapshots")
    snapshots = catalog.snapshots.newest_first()
    kept_since = context["now"] - timedelta(days=settings.CHECK_RETENTION_DAYS)
    kept = catalog.checks.filter(started__gte=kept_since)  # an older one is on its snapshot's page
    checks = kept.select_related("snapshot").newest_first()
    context |= {
        "page": page_of(request, snapshots, 25, count=catalog.latest_number),
        "size": charts.size_line(history.sizes(catalog), context["now"]),
        "shares": charts.facet_shares(context["kind"], catalog.latest_snapshot),
        "retention": settings.CHECK_RETENTION_DAYS,
        "checks": page_of(request, checks, 25, "checks"),
    }
    return render(request, "catalog/snapshots.html", context)


@require_safe
def snapshot_detail(
    request: AuthenticatedRequest, slug: str, number: int, kind: str = IMAGES
) -> HttpResponse:
    catalog, context = catalog_page(request, slug, kind)
    snapshot = get_object_or_404(catalog.snapshots, number=number)
    listings = catalog.listings.as_of(number).in_natural_order(numeric=snapshot.numeric)
    context |= {
        "snapshot": snapshot,
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if number < catalog.latest_number else None,
        "page": page_of(request, listings, count=snapshot.item_count),
        "check": snapshot.checks.order_by("started").first(),
    }
    return render(request, "catalog/snapshot.html", context)


@require_safe
def compare_snapshots(request: AuthenticatedRequest, slug: str, kind: str = IMAGES) -> HttpResponse:
    """Any two snapshots. Odd choices are explained, never an error page."""
    catalog, context = catalog_page(request, slug, kind)
    context["billing"] = billing_switch(catalog, context["kind"], "compare")
    if catalog.latest_snapshot is None:
        return render(request, "catalog/compare.html", context)
    form = CompareForm(catalog, request.GET)
    comparison = Comparison.of(catalog, *form.pair())
    page = page_of(request, comparison.lines, CHANGES_A_PAGE)
    context |= {
        "form": form,
        "usual": form.usual(context["now"]),
        "comparison": comparison,
        "page": page,
        "happened": comparison.happened(list(page.object_list)),
    }
    if form.shows_all:
        context["unchanged"] = page_of(request, comparison.unchanged(), ROWS, "unchanged")
    return render(request, "catalog/compare.html", context)
