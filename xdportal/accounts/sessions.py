"""Open sessions and how they end. Only a hash of each session's key is stored."""

import time

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from xdportal.accounts import browsers
from xdportal.accounts.models import User
from xdportal.lib.session_store import BEGAN, stored_key


def remember(request: HttpRequest, user: User) -> None:
    """List the session as one of the user's.

    Needed after signing in, and when a new password changes the session's key.
    """
    request.session.setdefault(BEGAN, int(time.time()))
    if request.session.session_key is None:
        request.session.save()
    found = {
        "user": user,
        "ip": get_adapter().get_client_ip(request),
        "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
    }
    UserSession.objects.update_or_create(session_key=key_of(request), defaults=found)


def forget(request: HttpRequest) -> None:
    UserSession.objects.filter(session_key=key_of(request)).delete()


def key_of(request: HttpRequest) -> str:
    """Return the stored key of the request's session."""
    return stored_key(request.session.session_key or "")


def open_sessions(user: User) -> list[UserSession]:
    """Return the user's live sessions, latest first, each with its browser in `words`."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    own = UserSession.objects.filter(user=user, session_key__in=alive)
    found = list(own.order_by("-created_at"))
    for session in found:
        session.words = browsers.in_words(session.user_agent)
    return found


def end(session: UserSession) -> None:
    Session.objects.filter(session_key=session.session_key).delete()
    session.delete()


def end_all(user: User, but: str | None = None) -> int:
    """End a user's sessions; return how many.

    `but` is the stored key of the one to keep.
    """
    ending = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    keys = list(ending.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)
