"""What every page of the portal needs beside its own."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from xdportal.accounts import teams
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team, User
from xdportal.catalog.models import Catalog


def portal(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    theme = user.theme if user and user.is_authenticated else request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in User.Theme.values else User.Theme.AUTO,
        "open_sign_up": settings.OPEN_SIGN_UP,
        "single_sign_on": bool(settings.SINGLE_SIGN_ON.apps),
        "second_factor_required": settings.REQUIRE_SECOND_FACTOR,
        "nav_teams": SimpleLazyObject(lambda: _teams(request)),
        "nav_catalogs": SimpleLazyObject(lambda: _catalogs(_viewer(request))),
    }


def _viewer(request: HttpRequest) -> Viewer | None:
    """None on an error page that is shown before anyone is known."""
    return getattr(request, "viewer", None)


def _teams(request: HttpRequest) -> list[Team]:
    """The viewer's teams, the one looked at last first."""
    viewer = _viewer(request)
    if viewer is None:
        return []
    last = request.GET.get("team") or request.COOKIES.get(teams.REMEMBERED, "")
    return sorted(Team.objects.visible_to(viewer).by_use(), key=lambda team: team.slug != last)


def _catalogs(viewer: Viewer | None) -> list[Catalog]:
    if viewer is None:
        return []
    catalogs = Catalog.objects.visible_to(viewer).select_related("connection")
    return list(catalogs.order_by("connection__name", "pk"))
