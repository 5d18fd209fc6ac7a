"""Sessions that people have open, and their end."""

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from xdportal.accounts.models import User


def remember(request: HttpRequest, user: User) -> None:
    """However somebody signed in: allauth itself knows only of its own form."""
    found = {
        "user": user,
        "ip": get_adapter().get_client_ip(request),
        "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
    }
    UserSession.objects.update_or_create(session_key=request.session.session_key, defaults=found)


def open_sessions(user: User) -> list[UserSession]:
    """Those that still live, the latest first."""
    found: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(found, key=lambda session: session.created_at, reverse=True)


def end_all(user: User, but: str | None = None) -> int:
    """How many ended. `but`: the key of the session that stays."""
    ending = list(UserSession.objects.filter(user=user).exclude(session_key=but))
    for session in ending:
        session.end()
    return len(ending)
