"""How many connections one person and one team may have. Administrators have the same limits."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import Team, User
from xdportal.connections.models import Connection

TOO_MANY_OF_PERSON = _(
    "You have %(number)d connections, and one person may have %(limit)d. "
    "Delete one, or ask an administrator to raise MAX_PERSON_CONNECTIONS."
)
TOO_MANY_IN_TEAM = _(
    "This team has %(number)d connections, and one team may have %(limit)d. "
    "Delete one, or ask an administrator to raise MAX_TEAM_CONNECTIONS."
)


class LimitReached(ValidationError):
    """Nothing was changed. The message says which limit was reached."""


def require_room_for(owner: User) -> None:
    """Raise LimitReached if the person may own no other connection.

    Lock the person until the transaction ends, so that two requests at once don't pass the limit.
    """
    User.objects.select_for_update().get(pk=owner.pk)
    number = Connection.objects.filter(owner=owner).count()
    _require(number, settings.MAX_PERSON_CONNECTIONS, TOO_MANY_OF_PERSON)


def require_room_in(team: Team) -> None:
    """Raise LimitReached if the team, which the caller has locked, may have no other connection."""
    number = Connection.objects.filter(team=team).count()
    _require(number, settings.MAX_TEAM_CONNECTIONS, TOO_MANY_IN_TEAM)


def _require(number: int, limit: int, sentence: Promise) -> None:
    if number >= limit:
        raise LimitReached(sentence, params={"number": number, "limit": limit})
