"""The team's pins: the list, many pasted at once, and the export for scripts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows, get_or_404
from xdportal.accounts.models import Team
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts import exports
from xdportal.alerts.forms import refuse
from xdportal.alerts.forms.pins import PasteForm
from xdportal.alerts.pages.pins import LABELS, SORTS, PinList, PinQuery, grouped, pins_of
from xdportal.alerts.pins import actions
from xdportal.alerts.views.acting import actor_of
from xdportal.catalog.views.page import page_of

ROWS = 100


@require_safe
def pin_list(request: AuthenticatedRequest) -> HttpResponse:
    return _page(request, teams.current(request))


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Pin many ids. A refused form is shown on the list's page."""
    right = Right.WORK if request.method == "POST" else Right.LOOK
    team = get_or_404(Team.objects.all(), request.viewer, right, slug=slug)
    if request.method != "POST":
        return _back(team)
    form = PasteForm(team, request.viewer, request.POST)
    if form.is_valid():
        try:
            made = actions.create_many(form.wishes(), actor_of(request))
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _said(len(made), len(form.cleaned_data["ids"])))
            return _back(team)
    return _page(request, team, form)


@require_safe
def export(request: AuthenticatedRequest, ending: str) -> HttpResponseBase:
    team = teams.current(request)
    found = _listed(request, team)
    return exports.respond(team, [row.finding for row in found.rows], ending)


def _listed(request: AuthenticatedRequest, team: Team) -> PinList:
    query = PinQuery.read(request.GET)
    return PinList(pins_of(request.viewer, team), query, request.user, timezone.now())


def _page(request: AuthenticatedRequest, team: Team, form: PasteForm | None = None) -> HttpResponse:
    teams.show(request, team)
    listed = _listed(request, team)
    page = page_of(request, listed.rows, ROWS)
    context: dict[str, Any] = {
        "team": team,
        "listed": listed,
        "page": page,
        "groups": grouped(list(page.object_list)),
        "labels": LABELS,
        "query": listed.query,
        "sorts": SORTS.items(),
        "form": form or PasteForm(team, request.viewer),
        "may_pin": allows(team, Right.WORK),
        "now": timezone.now(),
    }
    return teams.remember(render(request, "alerts/pins.html", context), team)


def _back(team: Team) -> HttpResponse:
    return redirect(f"{reverse('pins')}?team={team.slug}")


def _said(made: int, pasted: int) -> str:
    text = ngettext("%(n)d ID was pinned.", "%(n)d IDs were pinned.", made) % {"n": made}
    if made == pasted:
        return text
    rest = _("%(n)d were pinned already.") % {"n": pasted - made}
    return f"{text} {rest}"
