"""Pins, recipes, the inbox and the settings of alerts. Each link appears once its page exists."""

from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import teams
from xdportal.accounts.models import Team
from xdportal.accounts.navigation import team_query
from xdportal.accounts.requests import viewer_of
from xdportal.alerts import reading
from xdportal.alerts.models import Pin
from xdportal.lib import navigation
from xdportal.lib.composed import Composed
from xdportal.lib.navigation import Count, Entry, Group, Part, Place

MOST_UNREAD = 99


def broken(request: HttpRequest) -> Count | None:
    """Return how many of the team's pins broke, and wait for someone. One query."""
    shown = teams.shown(request)
    if not shown:
        return None
    number = CALLING.count(team=shown[0].pk, at=timezone.now())
    return Count(number, _("broken"), is_hot=True) if number else None


def _calling(team: Any, at: Any) -> QuerySet[Pin]:
    return Pin.objects.filter(team=team).calling(at)


CALLING = Composed(_calling)


class Affected(NamedTuple):
    """What the dashboard says of a team's pins that broke."""

    team: Team
    pins: list[Pin]


def affected(request: HttpRequest) -> Affected | None:
    """Return the pins that broke, on the dashboard only. One query."""
    here = request.resolver_match
    shown = teams.shown(request)
    if here is None or here.view_name != "dashboard" or not shown:
        return None
    pins = CALLING.rows(team=shown[0].pk, at=timezone.now())
    return Affected(shown[0], pins) if pins else None


def unread(request: HttpRequest) -> Count | None:
    """Return how many events the person has not read; 99 at most. Two queries."""
    shown = teams.shown(request)
    if not shown:
        return None
    number = reading.unread_count(viewer_of(request).user, shown[0], MOST_UNREAD)
    return Count(number, _("unread")) if number else None


def register() -> None:
    navigation.add(
        Part(place=Place.NOTICE, template="alerts/_affected.html", data=affected, order=10),
        Entry(
            group=Group.TEAM,
            view="inbox",
            label=_("Inbox"),
            icon="bell",
            key="n",
            order=10,
            query=team_query,
            count=unread,
        ),
        Entry(
            group=Group.TEAM,
            view="pins",
            label=_("Pins"),
            icon="star",
            key="p",
            order=20,
            query=team_query,
            count=broken,
        ),
        Entry(
            group=Group.TEAM,
            view="recipes",
            label=_("Recipes"),
            icon="pair",
            key="r",
            order=30,
            query=team_query,
        ),
        Entry(group=Group.OWN, view="own-alerts", label=_("Your mails"), order=0),
        Entry(
            group=Group.SETTINGS,
            view="alerts",
            label=_("Alerts"),
            order=10,
            without="own-alerts",
            query=team_query,
        ),
    )
