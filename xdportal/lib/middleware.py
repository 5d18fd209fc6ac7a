"""Middleware that applies to every response."""

import ipaddress
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import cast
from urllib.parse import unquote

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
    UnreadablePostError,
)

from xdportal.lib import logs
from xdportal.lib.env import Network

LARGE_FORM = 64 * 1024  # bytes
# The dummy address of RFC 7600: a Unix socket has none, and some callers need one.
NOWHERE = "192.0.0.8"
View = Callable[[HttpRequest], HttpResponse]
AnyView = Callable[[HttpRequest], HttpResponseBase]  # streams included
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REQUEST_ID",
)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


def is_probe(record: logging.LogRecord) -> bool:
    """Whether the record is about a probe: a 503 of /readyz is an answer, not an error to log."""
    return getattr(getattr(record, "request", None), "path", "") == "/readyz"


def trusted_proxies(get_response: View) -> View:
    """Believe forwarded headers only from TRUSTED_PROXIES; REMOTE_ADDR becomes the client's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = _plain(request.META.get("REMOTE_ADDR", ""))
        if not _is_trusted(request.META["REMOTE_ADDR"]):
            for header in FORWARDED:
                request.META.pop(header, None)
        else:
            client = _client(request.META.get("HTTP_X_FORWARDED_FOR", ""))
            if client:
                request.META["REMOTE_ADDR"] = client
        return get_response(request)

    return middleware


def client_ip(request: HttpRequest) -> str | None:
    """Return the client's IP address; None behind a Unix socket without a proxy's header."""
    return request.META.get("REMOTE_ADDR") or None


def _client(forwarded: str) -> str:
    """Return the last address that isn't one of our proxies: clients can forge those before it."""
    for word in reversed([_plain(word.strip()) for word in forwarded.split(",")]):
        if not _is_ip(word):
            return ""
        if not _is_trusted(word):
            return word
    return ""


def _plain(text: str) -> str:
    """Return the one spelling of an IP address.

    A dual-stack socket says ::ffff:192.0.2.1, and IPv6 may carry a zone.
    """
    if not _is_ip(text):
        return text
    address = ipaddress.ip_address(text.partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(peer: str) -> bool:
    return is_from(peer, settings.TRUSTED_PROXIES)


def is_from(ip: str, networks: Iterable[Network]) -> bool:
    if not _is_ip(ip):
        return False  # a Unix socket has none
    return any(ipaddress.ip_address(ip) in network for network in networks)


class NamedRequest(HttpRequest):
    request_id: str


def request_id(get_response: View) -> View:
    """Name each request in logs, response and error page.

    The name comes from a trusted proxy, or is new.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        cast(NamedRequest, request).request_id = name
        with logs.about(request_id=name):
            response = get_response(request)
        response.headers["X-Request-ID"] = name
        return response

    return middleware


def head_without_body(get_response: AnyView) -> AnyView:
    """Answer HEAD with the headers of GET and no body.

    gunicorn would drop the body as well, but with a warning each time.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "HEAD" and isinstance(response, StreamingHttpResponse):
            response.streaming_content = []
        elif request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response

    return middleware


def without_nul(get_response: View) -> View:
    """Answer 404 to a path with a NUL, which PostgreSQL refuses even in a query.

    Form fields refuse it themselves. This runs before anything looks up the session's user.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        query = unquote(request.META.get("QUERY_STRING", ""))
        texts = (request.path_info, query, *request.COOKIES.values())
        if any("\0" in text for text in texts):
            raise Http404
        return get_response(request)

    return middleware


def one_large_form_at_a_time(get_response: View) -> View:
    """Parse the fields of a large form while no other thread of this process does.

    Parsing takes dozens of times the size of the form, before any view can refuse it.
    """
    lock = Lock()

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_large_form(request):
            # Its client may be slow, so it arrives before the lock is taken. CSRF protection
            # refuses a form that broke off.
            with suppress(UnreadablePostError):
                request.body  # noqa: B018
            with lock:
                request.POST  # noqa: B018
        return get_response(request)

    return middleware


def is_large_form(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return is_form and length.isdecimal() and int(length) >= LARGE_FORM


def private_by_default(get_response: View) -> View:
    """Keep every page out of caches unless its view says otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
