"""Where a walk through a list is: opaque to clients, good for one query and one snapshot."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from xdportal.api import problems

PAGE_SIZE, MOST = 100, 500
WITHOUT = ("cursor", "limit")
T = TypeVar("T")


class Cursor(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """`place` is the key of the last row that the client has; `bounds` hold for the whole walk."""

    query: bytes
    bounds: list[int]
    place: list[str | int | float | None]


class Page(list[T]):
    """The rows of one page, and the address of the next."""

    next: str | None = None


def read(request: HttpRequest, places: Sequence[type]) -> Cursor | None:
    """Return the request's cursor; `places` are the types of what it must hold."""
    text = request.GET.get("cursor")
    if text is None:
        return None
    cursor = _decoded(text)
    if cursor is None or not _fits(cursor.place, places):
        raise problems.invalid("cursor", _("This cursor is not valid."))
    if cursor.query != _query_of(request):
        raise problems.invalid("cursor", _("This cursor belongs to another query."))
    return cursor


def address(request: HttpRequest, bounds: Sequence[int], place: Sequence[Any]) -> str:
    """Return the address of the next page."""
    cursor = Cursor(_query_of(request), list(bounds), list(place))
    packed = base64.urlsafe_b64encode(msgspec.msgpack.encode(cursor)).decode()
    parameters = request.GET.copy()
    parameters["cursor"] = packed.rstrip("=")
    return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


def beyond(cursor: Cursor, column: str) -> Q:
    """Return which rows follow in the order of a text and the primary key.

    A browser sees several teams, in which the same name may occur.
    """
    text, pk = cursor.place
    return Q((f"{column}__gt", text)) | Q((column, text), pk__gt=pk)


def _decoded(text: str) -> Cursor | None:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=Cursor)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


def _fits(place: Sequence[object], places: Sequence[type]) -> bool:
    if len(place) != len(places):
        return False
    kinds = zip(place, places, strict=True)
    return all(type(value) is kind and _is_storable(value) for value, kind in kinds)


def _is_storable(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    return not isinstance(value, int) or abs(value) < 2**62


def _query_of(request: HttpRequest) -> bytes:
    """Return a hash of what is walked through: the address without the page."""
    asked = [(name, values) for name, values in request.GET.lists() if name not in WITHOUT]
    facts = repr((request.path, sorted(asked)))
    return hashlib.sha256(facts.encode()).digest()[:12]
