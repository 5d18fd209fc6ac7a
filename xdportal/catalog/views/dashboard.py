from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, any_allows
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.pages.changes import ChangesForm, Entry, entries_of, lines_of
from xdportal.catalog.pages.dashboard import COLUMNS, cards_of, is_table, with_strip_start
from xdportal.catalog.views.changes import kinds_of, list_choices
from xdportal.connections.twins import twins_of

RECENT_SNAPSHOTS, RECENT_LINES = 8, 5
RECENT_BESIDE_A_TABLE = 3


@require_safe
def dashboard(request: AuthenticatedRequest) -> HttpResponse:
    """The team's connections, those first that need someone; and what changed lately."""
    team = teams.current(request)
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    joined = ("connection__team", "latest_snapshot", "latest_check", "quarantined__first_check")
    visible = Catalog.objects.visible_to(request.viewer).filter(connection__team=team)
    catalogs = list(
        with_strip_start(visible).select_related(*joined).order_by("connection__name", "pk")
    )
    chosen = kinds_of(request.GET.get("lists", ""))
    wanted = [catalog.pk for catalog in catalogs if not chosen or catalog.kind in chosen]
    cards = cards_of(catalogs, request.viewer, now, midnight)
    is_wide = is_table(cards)
    context = {
        "team": team,
        "cards": cards,
        "is_table": is_wide,
        "is_busy": any(card.is_busy for card in cards),
        "columns": [label for label, _ in COLUMNS],
        "twins": twins_of(card.connection for card in cards),
        "lists": list_choices(request),
        "entries": _recent(wanted, RECENT_BESIDE_A_TABLE if is_wide else RECENT_SNAPSHOTS),
        "now": now,
        "may_add": any_allows(teams.shown(request), Right.WORK),
    }
    response = render(request, "catalog/dashboard.html", context)
    return teams.remember(response, team)


def _recent(catalogs: list[int], number: int) -> list[Entry]:
    changed = Snapshot.objects.filter(catalog__in=catalogs).with_changes()
    recent = changed.latest_of_each(number)
    joined = recent.select_related("catalog__connection").order_by("-recorded_at", "-pk")
    lines = lines_of(list(joined[:number]), ChangesForm({}))
    return entries_of(lines, most=RECENT_LINES)
