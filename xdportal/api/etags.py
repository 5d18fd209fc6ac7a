"""Validators: what an answer is made of, so that a client that has it is spared the rest."""

import hashlib
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from xdportal.accounts.access import Viewer
from xdportal.accounts.keys import KeyViewer


class NotModified(Exception):
    """The client has this answer already. Its text is the tag."""


def of(request: HttpRequest, viewer: Viewer, media: str, parts: Iterable[object]) -> str:
    """Return the tag of an answer that depends on these parts, on the query and on who asks."""
    query = sorted(request.GET.lists())
    facts = (request.path, query, media, get_language(), _scope_of(viewer), tuple(parts))
    return _quoted(repr(facts).encode())


def of_content(content: bytes, viewer: Viewer) -> str:
    return _quoted(content + repr(_scope_of(viewer)).encode())


def raise_if_known(request: HttpRequest, etag: str) -> None:
    if request.method not in ("GET", "HEAD"):
        return
    if isinstance(get_conditional_response(request, etag=etag), HttpResponseNotModified):
        raise NotModified(etag)


def _scope_of(viewer: Viewer) -> tuple[object, ...]:
    team = viewer.team.pk if viewer.team else None
    scopes = sorted(viewer.scopes) if isinstance(viewer, KeyViewer) else None
    confined = sorted(map(str, viewer.connections)) if viewer.connections is not None else None
    return viewer.user.pk, team, scopes, confined


def _quoted(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
