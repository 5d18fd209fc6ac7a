from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages import charts
from xdportal.catalog.pages.compare import CompareForm, Comparison
from xdportal.catalog.views.page import ROWS, catalog_page, page_of

CHANGES_A_PAGE = 200
CHOICES = 200  # snapshots offered for a comparison, beside the two chosen
IMAGES = Catalog.Kind.IMAGES


@require_safe
def snapshot_list(request: AuthenticatedRequest, slug: str, kind: str = IMAGES) -> HttpResponse:
    catalog, context = catalog_page(request, slug, kind)
    checks = catalog.checks.select_related("snapshot").newest_first()
    context |= {
        "page": page_of(request, catalog.snapshots.newest_first(), 25),
        "size": charts.size_line(history.sizes(catalog), context["now"]),
        "shares": charts.facet_shares(context["kind"], catalog.latest_snapshot),
        "retention": settings.CHECK_RETENTION_DAYS,
        "checks": page_of(request, checks, 25, "checks"),
    }
    return render(request, "catalog/snapshots.html", context)


@require_safe
def snapshot_detail(request: AuthenticatedRequest, slug: str, number: int, kind: str = IMAGES) -> HttpResponse:
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
    form = CompareForm(catalog, request.GET)
    comparison = Comparison.of(catalog, *form.pair()) if catalog.latest_snapshot else None
    changes = comparison.changes if comparison else []
    context |= {
        "form": form,
        "comparison": comparison,
        "page": page_of(request, changes, CHANGES_A_PAGE),
        "snapshots": form.choices(CHOICES),
    }
    if comparison and form.shows_all():
        context["unchanged"] = page_of(request, comparison.unchanged(), ROWS, "unchanged")
    return render(request, "catalog/compare.html", context)
