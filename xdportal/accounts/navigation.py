"""The team switcher, and the settings of teams and people."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows
from xdportal.accounts.models import Team
from xdportal.lib import navigation
from xdportal.lib.navigation import Entry, Group, Part, Place

OWN_PAGES = (
    "account_email",
    "account_change_password",
    "mfa_index",
    "sessions",
    "socialaccount_connections",
    "privacy",
    "own-alerts",
)


@dataclass(frozen=True, slots=True)
class Switcher:
    current: Team
    others: list[Team]
    url: str  # the page to stay on, or the dashboard


def switcher(request: HttpRequest) -> Switcher | None:
    shown = teams.shown(request)
    if not shown:
        return None
    stays = navigation.takes_query(request)
    url = request.path if stays else resolve_url(settings.LOGIN_REDIRECT_URL)
    return Switcher(shown[0], shown[1:], url)


def team_query(request: HttpRequest) -> str:
    """Return the part of a URL that names the team of the page."""
    shown = teams.shown(request)
    return f"?team={shown[0].slug}" if shown else ""


def manages(request: HttpRequest) -> bool:
    shown = teams.shown(request)
    return bool(shown) and allows(shown[0], Right.MANAGE)


def register() -> None:
    navigation.add(
        Part(place=Place.TOP, template="accounts/_team.html", data=switcher),
        Entry(
            group=Group.SETTINGS,
            view="keys",
            label=_("API keys"),
            order=20,
            query=team_query,
        ),
        Entry(
            group=Group.SETTINGS,
            view="members",
            label=_("Members"),
            order=40,
            also=("team-add",),
            query=team_query,
        ),
        Entry(
            group=Group.SETTINGS,
            view="audit",
            label=_("Audit trail"),
            order=50,
            query=team_query,
            may=manages,
        ),
        Entry(
            group=Group.SETTINGS,
            view="profile",
            label=_("Your account"),
            order=90,
            also=OWN_PAGES,
        ),
        Entry(
            group=Group.REFERENCE,
            view="settings",
            label=_("Settings"),
            icon="sliders",
            order=80,
            also=("account_change_password",),
        ),
    )
