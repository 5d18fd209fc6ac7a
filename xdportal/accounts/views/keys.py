"""The API keys of a team. Managers see all of them, everyone else their own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import keys, teams
from xdportal.accounts.access import Right, allows, get_or_404, require
from xdportal.accounts.forms import KeyForm
from xdportal.accounts.models import ApiKey, Team
from xdportal.accounts.recent import recent_sign_in
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.accounts.teams import Refused


@require_safe
def key_list(request: AuthenticatedRequest) -> HttpResponse:
    return _page(request, teams.current(request))


@require_http_methods(["GET", "HEAD", "POST"])
@recent_sign_in
def create(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Create a key. It is shown in this response only."""
    team = get_or_404(Team.objects.all(), request.viewer, Right.LOOK, slug=slug)
    if request.method != "POST":
        return _back(team)
    form = KeyForm(team, request.viewer, request.POST)
    if not form.is_valid():
        return _page(request, team, form=form)
    try:
        key, text = keys.create(team, request.user, form.wish(), request)
    except Refused as refused:
        form.add_error(None, str(refused.text))
        return _page(request, team, form=form)
    return _page(request, team, new=key, text=text)


@require_POST
@recent_sign_in
def renew(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Only its maker may: a key does what its maker may do."""
    key = get_or_404(ApiKey.objects.select_related("team"), request.viewer, Right.LOOK, pk=pk)
    require(request.viewer.is_user(key.creator_id))
    if keys.renew(key, request):
        messages.success(request, _("The key was renewed."))
    else:
        messages.error(request, _("The key no longer works. Create a new one."))
    return _back(key.team)


@require_POST
def revoke(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    key = get_or_404(ApiKey.objects.select_related("team"), request.viewer, Right.LOOK, pk=pk)
    require(request.viewer.is_user(key.creator_id) or allows(key, Right.MANAGE))
    keys.revoke([key], request)
    messages.success(request, _("The key was revoked and no longer works."))
    return _back(key.team)


def _back(team: Team) -> HttpResponse:
    return redirect(f"{reverse('keys')}?team={team.slug}")


def _page(request: AuthenticatedRequest, team: Team, **extra: Any) -> HttpResponse:
    names = keys.connections_of(team, request.viewer)
    found = (
        ApiKey.objects.visible_to(request.viewer).kept().filter(team=team).select_related("creator")
    )
    if not allows(team, Right.MANAGE):
        found = found.filter(creator=request.user)
    context = {
        "team": team,
        "rows": [_row(key, names, request) for key in found],
        "form": KeyForm(team, request.viewer),
        "now": timezone.now(),
        **extra,
    }
    return teams.remember(render(request, "accounts/keys.html", context), team)


def _row(key: ApiKey, names: dict[UUID, str], request: AuthenticatedRequest) -> dict[str, Any]:
    """Return what the table shows of a key; `connections` is empty for all of the team."""
    confined = [] if key.connections is None else key.connections
    now = timezone.now()
    is_ending = key.expires_soon(now)
    return {
        "key": key,
        "connections": [names.get(UUID(uuid), _("deleted connection")) for uuid in confined],
        "expired": key.expires_at <= now,
        "is_ending": is_ending,
        "may_renew": is_ending and request.viewer.is_user(key.creator_id),
    }
