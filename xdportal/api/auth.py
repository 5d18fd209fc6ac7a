"""Who asks: a key, or for reading a browser's session."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from xdportal.accounts.access import Viewer
from xdportal.accounts.keys import KeyViewer, viewer_for_key
from xdportal.api import problems
from xdportal.api.operations import Operation
from xdportal.api.problems import Problem
from xdportal.lib import rates
from xdportal.lib.middleware import client_ip

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="xdportal"'}


def viewer_of(request: HttpRequest, operation: Operation, at: datetime) -> Viewer:
    """Return who is asking. Raise a Problem if they may not, or exceed the rate."""
    given = request.headers.get("Authorization")
    viewer = _by_session(request, operation) if given is None else _by_key(given, request, at)
    _count(viewer, at)
    if isinstance(viewer, KeyViewer) and not viewer.scopes & operation.scopes:
        wanted = " ".join(sorted(operation.scopes))
        words = _("The key lacks the scope: %(scopes)s.") % {"scopes": wanted}
        raise Problem(problems.FORBIDDEN, words)
    return viewer


def _by_key(given: str, request: HttpRequest, at: datetime) -> Viewer:
    scheme, _space, text = given.partition(" ")
    viewer = viewer_for_key(text.strip(), at) if scheme.lower() == "bearer" else None
    if viewer is None:
        raise _unauthorized(_("This key is unknown, expired or revoked."))
    viewer.key.note_use(at, client_ip(request))
    return viewer


def _by_session(request: HttpRequest, operation: Operation) -> Viewer:
    if not request.user.is_authenticated:
        raise _unauthorized(_("Send a key as Authorization: Bearer xdp_…"))
    if not operation.is_read:
        raise _unauthorized(_("A session may only read here. Send a key."))
    return Viewer(request.user)


def _unauthorized(detail: str) -> Problem:
    return Problem(problems.UNAUTHORIZED, detail, headers=CHALLENGE)


def _count(viewer: Viewer, at: datetime) -> None:
    seconds = int(at.timestamp())
    asking = f"key-{viewer.key.pk}" if isinstance(viewer, KeyViewer) else f"user-{viewer.user.pk}"
    if rates.count(asking, seconds // 60) > settings.API_RATE:
        words = _("More than %(rate)d requests in this minute.") % {"rate": settings.API_RATE}
        wait = {"Retry-After": str(60 - seconds % 60)}
        raise Problem(problems.TOO_MANY_REQUESTS, words, headers=wait)
