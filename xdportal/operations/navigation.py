from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from xdportal.lib import navigation
from xdportal.lib.navigation import Entry, Group


def register() -> None:
    navigation.add(
        Entry(group=Group.REFERENCE, view="help", label=_("Help"), icon="ask", order=80),
        Entry(
            group=Group.REFERENCE,
            view="admin:index",
            label=_("Administration"),
            icon="power",
            order=90,
            may=_is_staff,
        ),
    )


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff
