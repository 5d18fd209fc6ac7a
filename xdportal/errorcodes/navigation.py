"""The reference of error codes in the side bar."""

from django.utils.translation import gettext_lazy as _

from xdportal.lib import navigation
from xdportal.lib.navigation import Entry, Group


def register() -> None:
    navigation.add(
        Entry(
            group=Group.REFERENCE,
            view="error-codes",
            label=_("Error codes"),
            icon="book",
            key="e",
            order=10,
        )
    )
