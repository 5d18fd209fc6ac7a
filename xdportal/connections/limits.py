"""How many connections one person and one team may have. Administrators have the same limits."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import Team, User
from xdportal.connections.models import Connection

TOO_MANY_OF_PERSON = _(
    "You have %(number)d connections; the limit is %(limit)d per person. Delete one, or ask an "
    "administrator to raise MAX_PERSON_CONNECTIONS."
)
TOO_MANY_IN_TEAM = _(
    "This team has %(number)d connections; the limit is %(limit)d per team. Delete one, or ask an "
    "administrator to raise MAX_TEAM_CONNECTIONS."
)


class LimitReached(ValidationError):
    """Nothing was changed. The message says which limit was reached."""


def require_room_for(owner: User) -> None:
    """Raise LimitReached if the person may own no other connection.

    Lock the person until the transaction ends, so that two requests at once don't pass the limit.
    """
    User.objects.select_for_update().get(pk=owner.pk)
    number = Connection.objects.filter(owner=owner).count()
    limit = settings.MAX_PERSON_CONNECTIONS
    if number >= limit:
        raise LimitReached(TOO_MANY_OF_PERSON, params={"number": number, "limit": limit})


def require_room_in(team: Team) -> None:
    """Raise LimitReached if the team, which the caller has locked, may have no other connection."""
    number = Connection.objects.filter(team=team).count()
    limit = settings.MAX_TEAM_CONNECTIONS
    if number >= limit:
        raise LimitReached(TOO_MANY_IN_TEAM, params={"number": number, "limit": limit})
