from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts.access import Right, allows, any_allows
from xdportal.accounts.models import Team
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history
from xdportal.catalog.models import Catalog, Check, Snapshot
from xdportal.catalog.pages import changes
from xdportal.catalog.pages.state import state_of
from xdportal.catalog.views.page import is_own_connection

STRIP = 24
RECENT_SNAPSHOTS, RECENT_LINES = 8, 5


@require_safe
def dashboard(request: AuthenticatedRequest) -> HttpResponse:
    """All catalogs of the viewer's teams, those first that need somebody; and what changed lately."""
    now = timezone.now()
    checks = Check.objects.select_related("snapshot").order_by("-started", "-pk")[:STRIP]
    catalogs = (
        Catalog.objects.visible_to(request.viewer)
        .select_related("connection__team", "latest_snapshot", "latest_check", "quarantined")
        .filter(kind=Catalog.Kind.IMAGES)
        .prefetch_related(Prefetch("checks", queryset=checks, to_attr="last_checks"))
        .order_by("connection__name", "pk")
    )
    today = history.changes_since(catalogs, timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0))
    cards = [
        {
            "catalog": catalog,
            "connection": catalog.connection,
            "state": state_of(catalog, now),
            "today": today.get(catalog.pk),
            "strip": catalog.last_checks[::-1],  # type: ignore[attr-defined]
            "may_check": allows(catalog, Right.WORK),
            "may_mend": allows(catalog, Right.WORK) and is_own_connection(catalog, request.viewer),
        }
        for catalog in catalogs
    ]
    cards.sort(key=lambda card: card["state"].need)
    recent = Snapshot.objects.filter(catalog__in=[card["catalog"] for card in cards], number__gt=1)
    recent = recent.select_related("catalog__connection").order_by("-recorded_at", "-pk")[:RECENT_SNAPSHOTS]
    context = {
        "cards": cards,
        "entries": changes.entries_of(list(recent), most=RECENT_LINES),
        "now": now,
        "may_add": any_allows(Team.objects.visible_to(request.viewer), Right.WORK),
    }
    return render(request, "catalog/dashboard.html", context)
