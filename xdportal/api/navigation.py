"""The pages about the API, at the bottom of the side bar."""

from django.utils.translation import gettext_lazy as _

from xdportal.accounts.navigation import team_query
from xdportal.lib import navigation
from xdportal.lib.navigation import Entry, Group


def register() -> None:
    navigation.add(
        Entry(
            group=Group.REFERENCE,
            view="api-docs",
            label=_("API and CI"),
            icon="braces",
            key="i",
            order=20,
            also=("use-in-ci",),
        ),
        Entry(
            group=Group.SETTINGS,
            view="feeds",
            label=_("Feeds and badges"),
            order=25,
            query=team_query,
        ),
        Entry(group=Group.MACHINES, view="use-in-ci", label=_("Use in CI"), order=10),
        Entry(group=Group.MACHINES, view="api-docs", label=_("API reference"), order=20),
    )
