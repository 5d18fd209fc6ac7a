"""The tokens of feeds and badges. Managers see all of them, everyone else their own."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows, get_or_404, require
from xdportal.accounts.models import Team
from xdportal.accounts.recent import recent_sign_in
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.accounts.teams import Refused
from xdportal.alerts import public
from xdportal.alerts.models import PublicToken
from xdportal.api.feeds import FEEDS
from xdportal.api.token_forms import TokenForm


@require_safe
def token_list(request: AuthenticatedRequest) -> HttpResponse:
    return _page(request, teams.current(request))


@require_http_methods(["GET", "HEAD", "POST"])
@recent_sign_in
def create(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Create a token. Its addresses are shown in this response only."""
    team = get_or_404(Team.objects.all(), request.viewer, Right.LOOK, slug=slug)
    if request.method != "POST":
        return _back(team)
    form = TokenForm(team, request.viewer, request.POST)
    if not form.is_valid():
        return _page(request, team, form=form)
    try:
        token, text = public.create(team, request.user, form.wish(), timezone.now(), request)
    except Refused as refused:
        form.add_error(None, str(refused.text))
        return _page(request, team, form=form)
    return _page(request, team, new=token, addresses=_addresses(token, text))


@require_POST
def revoke(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    tokens = PublicToken.objects.select_related("team")
    token = get_or_404(tokens, request.viewer, Right.LOOK, pk=pk)
    require(request.viewer.is_user(token.creator_id) or allows(token, Right.MANAGE))
    public.revoke([token], request)
    messages.success(request, _("The URL no longer works."))
    return _back(token.team)


def _addresses(token: PublicToken, text: str) -> list[str]:
    if token.kind == PublicToken.Kind.BADGE:
        return [settings.SITE_URL + reverse("badge", args=[text])]
    return [settings.SITE_URL + reverse("feed", args=[text, name]) for name in FEEDS]


def _back(team: Team) -> HttpResponse:
    return redirect(f"{reverse('feeds')}?team={team.slug}")


def _page(request: AuthenticatedRequest, team: Team, **extra: Any) -> HttpResponse:
    found = PublicToken.objects.visible_to(request.viewer).filter(team=team)
    if not allows(team, Right.MANAGE):
        found = found.filter(creator=request.user)
    context = {
        "team": team,
        "tokens": found.select_related("creator", "pin", "recipe"),
        "form": TokenForm(team, request.viewer),
        "now": timezone.now(),
        **extra,
    }
    return teams.remember(render(request, "api/feeds.html", context), team)
