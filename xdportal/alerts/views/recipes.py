"""Pinned pairs of an image and a package: do they still work together?"""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows, get_or_404
from xdportal.accounts.models import Team
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts.access import get_recipe_or_404
from xdportal.alerts.forms import refuse
from xdportal.alerts.forms.recipes import PairForm, RecipeForm
from xdportal.alerts.pages.pins import LABELS, Group
from xdportal.alerts.pages.recipes import RecipeRow, rows_of
from xdportal.alerts.pins import recipe_actions
from xdportal.alerts.views.acting import actor_of
from xdportal.connections.access import get_connection_or_404
from xdportal.connections.models import Connection


@require_safe
def recipe_list(request: AuthenticatedRequest) -> HttpResponse:
    return _page(request, teams.current(request))


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Make a recipe. A refused form is shown on the list's page."""
    right = Right.WORK if request.method == "POST" else Right.LOOK
    team = get_or_404(Team.objects.all(), request.viewer, right, slug=slug)
    if request.method != "POST":
        return _back(team)
    form = RecipeForm(team, request.viewer, request.POST)
    if form.is_valid():
        try:
            recipe = recipe_actions.create(team, form.wish(), actor_of(request))
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("The recipe %(name)s was saved.") % {"name": recipe})
            return _back(team)
    return _page(request, team, form)


@require_POST
def create_of_pair(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Pin both parts of a pair, and make a recipe of them. What is refused is said on its page."""
    connection = get_connection_or_404(request.viewer, slug, Right.WORK)
    form = PairForm(request.POST)
    if form.is_valid():
        try:
            recipe = recipe_actions.create_of_pair(connection, form.wish, actor_of(request))
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("The recipe %(name)s was saved.") % {"name": recipe})
            return _back(connection.team)
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    return redirect(_pair_url(connection, request.POST))


@require_POST
def remove(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    recipe = get_recipe_or_404(request.viewer, uuid, Right.WORK)
    recipe_actions.remove(recipe, actor_of(request))
    messages.success(request, _("The recipe was removed. Its pins stay."))
    return _back(recipe.team)


def _page(
    request: AuthenticatedRequest, team: Team, form: RecipeForm | None = None
) -> HttpResponse:
    teams.show(request, team)
    rows = rows_of(request.viewer, team)
    context = {
        "team": team,
        "rows": rows,
        "groups": _grouped(rows),
        "broken": sum(row.is_red for row in rows),
        "labels": LABELS,
        "form": form or RecipeForm(team, request.viewer),
        "may_work": allows(team, Right.WORK),
    }
    return teams.remember(render(request, "alerts/recipes.html", context), team)


def _grouped(rows: list[RecipeRow]) -> list[tuple[Group, list[RecipeRow]]]:
    groups = [(group, [row for row in rows if row.group is group]) for group in Group]
    return [(group, own) for group, own in groups if own]


def _pair_url(connection: Connection, data: QueryDict) -> str:
    """Return the page of pairs with the same choice."""
    query = {name: data.get(name, "") for name in ("image", "package")}
    query["billing"] = data.get("billing", "").removeprefix("packages-")
    return f"{reverse('pairs', args=[connection.slug])}?{urlencode(query)}"


def _back(team: Team) -> HttpResponse:
    return redirect(f"{reverse('recipes')}?team={team.slug}")
