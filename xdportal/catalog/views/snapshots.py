from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history, pictures
from xdportal.catalog.comparison import CompareForm, Comparison
from xdportal.catalog.views.page import ROWS, catalog_page, page_of

CHANGES_A_PAGE = 200
CHOICES = 200  # snapshots offered for a comparison, beside the two chosen


@require_safe
def snapshot_list(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    catalog, context = catalog_page(request, slug)
    context |= {
        "page": page_of(request, catalog.snapshots.order_by("-number"), 25),
        "size": pictures.size_line(history.sizes(catalog), context["now"]),
        "types": pictures.shares(catalog.latest_snapshot.types) if catalog.latest_snapshot else [],
        "systems": pictures.shares(catalog.latest_snapshot.systems) if catalog.latest_snapshot else [],
        "retention": settings.CHECK_RETENTION_DAYS,
        "checks": page_of(request, catalog.checks.select_related("snapshot").order_by("-started", "-pk"), 25, "checks"),
    }
    return render(request, "catalog/snapshots.html", context)


@require_safe
def snapshot_detail(request: AuthenticatedRequest, slug: str, number: int) -> HttpResponse:
    catalog, context = catalog_page(request, slug)
    snapshot = get_object_or_404(catalog.snapshots, number=number)
    listings = history.in_natural_order(history.as_of(catalog, number), snapshot.numeric)
    context |= {
        "snapshot": snapshot,
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if catalog.latest_snapshot and number < catalog.latest_snapshot.number else None,
        "page": page_of(request, listings, count=snapshot.image_count),
        "check": snapshot.checks.order_by("started").first(),
    }
    return render(request, "catalog/snapshot.html", context)


@require_safe
def compare_snapshots(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Any two snapshots. Odd choices are explained, never an error page."""
    catalog, context = catalog_page(request, slug)
    form = CompareForm(catalog, request.GET)
    comparison = Comparison.of(catalog, *form.pair()) if catalog.latest_snapshot else None
    context |= {
        "form": form,
        "comparison": comparison,
        "page": page_of(request, comparison.changes if comparison else [], CHANGES_A_PAGE),
        "snapshots": form.choices(CHOICES),
    }
    if comparison and form.shows_all():
        context["unchanged"] = page_of(request, comparison.unchanged(), ROWS, "unchanged")
    return render(request, "catalog/compare.html", context)
