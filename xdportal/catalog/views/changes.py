from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages import changes, charts
from xdportal.catalog.views.page import catalog_page, page_of

ENTRIES = 20
CHART_DAYS = 30


@require_safe
def change_list(request: AuthenticatedRequest, slug: str, kind: str = Catalog.Kind.IMAGES) -> HttpResponse:
    catalog, context = catalog_page(request, slug, kind)
    form = changes.ChangesForm(request.GET)
    page = page_of(request, form.snapshots(catalog), ENTRIES)
    snapshots = list(page.object_list)
    filtered = any(form.cleaned_data.values()) or bool(form.errors)
    quiet = bool(snapshots) and not filtered
    checks = history.checks_by_day(catalog, timezone.localdate(snapshots[-1].taken_at)) if quiet else {}
    today = timezone.localdate(context["now"])
    since = context["now"] - timedelta(days=CHART_DAYS)
    context |= {
        "form": form,
        "page": page,
        "filtered": filtered,
        "days": changes.by_day(changes.entries_of(snapshots, form), checks, quiet=quiet),
        "today": today,
        "chart": charts.day_chart(history.changes_by_day(catalog, since), today, CHART_DAYS),
    }
    return render(request, "catalog/changes.html", context)
