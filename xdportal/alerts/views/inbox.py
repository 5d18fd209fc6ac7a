"""What happened to what is the viewer's, what is silent, and what is expected."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows, get_or_404
from xdportal.accounts.models import Team
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts import expecting, reading
from xdportal.alerts.access import get_expected_or_404
from xdportal.alerts.forms import refuse
from xdportal.alerts.forms.inbox import ExpectForm, MuteListForm
from xdportal.alerts.forms.pins import catalogs_of
from xdportal.alerts.models import ExpectedChange
from xdportal.alerts.pages import inbox as pages
from xdportal.alerts.pages import quiet
from xdportal.alerts.views.acting import actor_of, back
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.models import Event
from xdportal.catalog.views.page import page_of

ROWS = 50


@require_safe
def inbox(request: AuthenticatedRequest) -> HttpResponse:
    return _page(request, teams.current(request))


@require_POST
def mark_read(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Mark one event as read, or all up to the newest that was shown."""
    team = _team(request, slug, Right.LOOK)
    one = _number(request.POST.get("event", ""))
    if one:
        known = Event.objects.filter(team=team, pk=one).values_list("pk", flat=True)
        reading.mark_some(request.user, team, list(known))
    else:
        newest = Event.objects.filter(team=team).order_by("-pk").values_list("pk", flat=True)
        upto = _number(request.POST.get("upto", "")) or newest.first() or 0
        reading.mark_all(request.user, team, min(upto, newest.first() or 0))
    return back(request, _url(team))


@require_http_methods(["GET", "HEAD", "POST"])
def expect(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    team = _team(request, slug, Right.WORK if request.method == "POST" else Right.LOOK)
    if request.method != "POST":
        return redirect(_url(team))
    form = ExpectForm(team, catalogs_of(team, request.viewer), request.POST)
    if form.is_valid():
        ids, systems = form.matcher
        try:
            expecting.expect(form.change(), actor_of(request), ids, systems)
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Matching changes will not be sent during this time."))
            return redirect(_url(team))
    return _page(request, team, expect_form=form)


@require_POST
def withdraw(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """End an expected change, or dismiss one that did not happen."""
    change: ExpectedChange = get_expected_or_404(request.viewer, uuid, Right.WORK)
    expecting.withdraw(change, actor_of(request))
    messages.success(request, _("It is no longer expected."))
    return redirect(_url(change.team))


@require_http_methods(["GET", "HEAD", "POST"])
def mute_list(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    team = _team(request, slug, Right.WORK if request.method == "POST" else Right.LOOK)
    if request.method != "POST":
        return redirect(_url(team))
    form = MuteListForm(team, catalogs_of(team, request.viewer), request.POST)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            expecting.mute(form.chosen, actor_of(request), chosen["until"], chosen["reason"])
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("%(name)s is muted.") % {"name": form.chosen.connection})
            return redirect(_url(team))
    return _page(request, team, mute_form=form)


@require_POST
def unmute_list(request: AuthenticatedRequest, slug: str, kind: str) -> HttpResponse:
    catalog = get_catalog_or_404(request.viewer, slug, kind, Right.WORK)
    expecting.unmute(catalog, actor_of(request))
    messages.success(request, _("%(name)s is no longer muted.") % {"name": catalog.connection})
    return redirect(_url(catalog.connection.team))


def _team(request: AuthenticatedRequest, slug: str, right: Right) -> Team:
    return get_or_404(Team.objects.all(), request.viewer, right, slug=slug)


def _page(request: AuthenticatedRequest, team: Team, **refused: Any) -> HttpResponse:
    teams.show(request, team)
    now = timezone.now()
    show = pages.show_of(request.GET)
    read = reading.of(request.user, team)
    page = page_of(request, pages.events_for(show, request.viewer, team, read, now), ROWS)
    events = list(page.object_list)
    catalogs = catalogs_of(team, request.viewer)
    context: dict[str, Any] = {
        "team": team,
        "show": show,
        "shows": pages.SHOWS,
        "page": page,
        "entries": pages.entries_of(events, read, now),
        "newest": Event.objects.filter(team=team).order_by("-pk").first(),
        "expected": quiet.expected_changes(request.viewer, team, now),
        "muted_pins": quiet.muted_pins(request.viewer, team, now),
        "muted_lists": quiet.muted_lists(request.viewer, team, now),
        "may_work": allows(team, Right.WORK),
        "now": now,
        "has_lists": bool(catalogs),
        "expect_form": ExpectForm(team, catalogs),
        "mute_form": MuteListForm(team, catalogs),
        **refused,
    }
    return teams.remember(render(request, "alerts/inbox.html", context), team)


def _url(team: Team) -> str:
    return f"{reverse('inbox')}?team={team.slug}"


def _number(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_number else 0
