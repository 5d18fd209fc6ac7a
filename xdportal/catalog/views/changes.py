"""Changes of one list, and of all lists of a team."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, get_or_404
from xdportal.accounts.models import Team
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history, seen
from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.kinds import IMAGES, PERSONAL
from xdportal.catalog.models import Catalog
from xdportal.catalog.models.catalog import CatalogQuerySet
from xdportal.catalog.pages import changes, charts
from xdportal.catalog.pages.change_log import ChangeLog
from xdportal.catalog.pages.changes import ChangesForm, Day
from xdportal.catalog.views.page import Tab, billing_switch, catalog_page, page_of

LINES = 40
CHART_DAYS = 30


@require_safe
def change_list(request: AuthenticatedRequest, slug: str, kind: str = IMAGES.name) -> HttpResponse:
    catalog, context = catalog_page(request, slug, kind)
    context |= _log(request, Catalog.objects.filter(pk=catalog.pk))
    context["unseen_team"] = catalog.connection.team
    context["billing"] = billing_switch(catalog, context["kind"], "changes")
    if context["quiet"]:
        context["days"] = _with_quiet_checks(catalog, context["entries"], context["page"].number)
    return render(request, "catalog/changes.html", context)


@require_safe
def team_changes(request: AuthenticatedRequest) -> HttpResponse:
    """Changes of every list of a team, or of those of one kind."""
    team = teams.current(request)
    lists = Catalog.objects.visible_to(request.viewer).filter(connection__team=team)
    chosen = kinds_of(request.GET.get("lists", ""))
    catalogs = lists.filter(kind__in=chosen) if chosen else lists
    context = _log(request, catalogs)
    context |= {
        "team": team,
        "unseen_team": team,
        "lists": list_choices(request),
        "chosen_lists": request.GET.get("lists", "") if chosen else "",
        "now": timezone.now(),
    }
    response = render(request, "catalog/team_changes.html", context)
    return teams.remember(response, team)


@require_POST
def mark_read(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Take the changes that were shown as read: of one list, or of all lists of the team."""
    team = get_or_404(Team.objects.all(), request.viewer, Right.LOOK, slug=slug)
    catalogs = Catalog.objects.visible_to(request.viewer).filter(connection__team=team)
    one = request.POST.get("list", "")
    chosen = catalogs.filter(pk=one) if one.isdecimal() and len(one) < 19 else catalogs
    upto = request.POST.get("upto", "")
    shown = int(upto) if upto.isdecimal() and len(upto) < 19 else 0
    seen.mark(chosen, request.user, shown, timezone.now())
    if one and (catalog := chosen.select_related("connection").first()):
        return redirect(catalog_url(catalog.slug, catalog.kind, "changes"))
    return redirect(f"{reverse('team-changes')}?team={team.slug}")


def _log(request: AuthenticatedRequest, lists: CatalogQuerySet) -> dict[str, Any]:
    now = timezone.now()
    catalogs = list(lists.select_related("connection", "latest_snapshot"))
    form = ChangesForm(request.GET)
    log = ChangeLog(catalogs, form, now)
    page = page_of(request, log.lines, LINES)
    entries = changes.entries_of(page.object_list)
    unseen = seen.unseen_in(catalogs, request.user, now)
    since = now - timedelta(days=CHART_DAYS)
    today = timezone.localdate(now)
    return {
        "form": form,
        "log": log,
        "page": page,
        "entries": entries,
        "filtered": bool(form.asked) or bool(form.errors),
        "quiet": bool(entries) and not form.asked,
        "unseen": unseen,
        "last_new": unseen.last_new(entry.snapshot for entry in entries),
        "days": changes.by_day(entries, {}, quiet=False),
        "spans": _spans(request, form),
        "today": today,
        "chart": charts.day_chart(history.changes_by_day(catalogs, since), today, CHART_DAYS),
    }


def _with_quiet_checks(catalog: Catalog, entries: Sequence[changes.Entry], page: int) -> list[Day]:
    """Return the days of a page, with checks that found nothing. Those since are on the first."""
    start = timezone.localdate(entries[-1].snapshot.taken_at)
    checks = history.checks_by_day(catalog, start)
    if page > 1:
        newest = timezone.localdate(entries[0].snapshot.taken_at)
        checks = {day: number for day, number in checks.items() if day <= newest}
    return changes.by_day(entries, checks, quiet=True)


def _spans(request: AuthenticatedRequest, form: ChangesForm) -> list[Tab]:
    current = form.asked.get("days", "")
    has_dates = bool(form.asked.keys() & {"since", "until"})
    links = []
    for days, label in changes.SPANS:
        query = request.GET.copy()
        for name in ("days", "since", "until", "page"):
            query.pop(name, None)
        if days:
            query["days"] = days
        links.append(Tab(label, f"?{query.urlencode()}", days == current and not has_dates))
    return links


def kinds_of(lists: str) -> Sequence[str]:
    """Return the kinds of one word of the side bar; none for any other word: all."""
    kinds: dict[str, Sequence[str]] = {
        "images": [Catalog.Kind.IMAGES],
        "packages": [Catalog.Kind.PACKAGES_PAYG, Catalog.Kind.PACKAGES_RENTAL],
        "personal": [Catalog.Kind.PERSONAL],
    }
    return kinds.get(lists, ())


def list_choices(request: AuthenticatedRequest) -> list[Tab]:
    current = request.GET.get("lists", "")
    labels = {
        "": changes.ALL_LISTS,
        "images": IMAGES.heading,
        "packages": changes.PACKAGES,
        "personal": PERSONAL.heading,
    }
    links = []
    for lists, label in labels.items():
        query = request.GET.copy()
        for name in ("lists", "page"):
            query.pop(name, None)
        if lists:
            query["lists"] = lists
        links.append(Tab(label, f"?{query.urlencode()}", lists == current))
    return links
