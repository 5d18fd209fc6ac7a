"""Pins, recipes, the inbox and the settings of alerts. Each link appears once its page exists."""

from django.utils.translation import gettext_lazy as _

from xdportal.accounts.navigation import team_query
from xdportal.lib import navigation
from xdportal.lib.navigation import Entry, Group


def register() -> None:
    navigation.add(
        Entry(
            group=Group.TEAM,
            view="inbox",
            label=_("Inbox"),
            icon="bell",
            key="n",
            order=10,
            query=team_query,
        ),
        Entry(
            group=Group.TEAM,
            view="pins",
            label=_("Pins"),
            icon="star",
            key="p",
            order=20,
            query=team_query,
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
        Entry(
            group=Group.SETTINGS,
            view="alerts",
            label=_("Alerts"),
            order=10,
            query=team_query,
        ),
    )
