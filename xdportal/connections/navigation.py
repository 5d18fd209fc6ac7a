"""The connections among the settings."""

from django.utils.translation import gettext_lazy as _

from xdportal.lib import navigation
from xdportal.lib.navigation import Entry, Group


def register() -> None:
    navigation.add(
        Entry(group=Group.SETTINGS, view="connections", label=_("Connections"), order=30)
    )
