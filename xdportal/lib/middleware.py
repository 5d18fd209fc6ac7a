"""What holds for every answer of the portal."""

import ipaddress
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from xdportal.lib import logs
from xdportal.lib.env import Network

NOWHERE = (
    "192.0.0.8"  # the dummy address of RFC 7600, where one is needed and a Unix socket gives none
)
View = Callable[[HttpRequest], HttpResponse]
AnyView = Callable[[HttpRequest], HttpResponseBase]  # of streams, too
FORWARDED = (
    *(
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PORT",
    ),
    "HTTP_X_REQUEST_ID",
)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


def is_probe(record: logging.LogRecord) -> bool:
    """A supervisor asks /readyz every second; its 503 is the answer, not an error to log."""
    return getattr(getattr(record, "request", None), "path", "") == "/readyz"


def trusted_proxies(get_response: View) -> View:
    """Forwarded headers count only when they come from TRUSTED_PROXIES; then REMOTE_ADDR is the client's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = _plain(request.META.get("REMOTE_ADDR", ""))
        if not _is_trusted(request.META["REMOTE_ADDR"]):
            for header in FORWARDED:
                request.META.pop(header, None)
        elif client := _client(request.META.get("HTTP_X_FORWARDED_FOR", "")):
            request.META["REMOTE_ADDR"] = client
        return get_response(request)

    return middleware


def address_of(request: HttpRequest) -> str | None:
    """From where a request comes. Behind a Unix socket without a proxy's header: unknown."""
    return request.META.get("REMOTE_ADDR") or None


def _client(forwarded: str) -> str:
    """The last address that is none of our proxies: what stands before it, anybody may have written."""
    for word in reversed([_plain(word.strip()) for word in forwarded.split(",")]):
        if not _is_address(word):
            return ""
        if not _is_trusted(word):
            return word
    return ""


def _plain(text: str) -> str:
    """One writing for one address: a socket for both kinds says ::ffff:192.0.2.1, and IPv6 may name a zone."""
    if not _is_address(text):
        return text
    address = ipaddress.ip_address(text.partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(peer: str) -> bool:
    return is_in(settings.TRUSTED_PROXIES, peer)


def is_in(networks: Iterable[Network], address: str) -> bool:
    if not _is_address(address):
        return False  # a Unix socket has none
    return any(ipaddress.ip_address(address) in network for network in networks)


def request_id(get_response: View) -> View:
    """A name for each request, in its log lines, its answer and its error page: a trusted proxy's, or a new one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        with logs.about(request_id=request.request_id):  # type: ignore[attr-defined]
            response = get_response(request)
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def head_without_body(get_response: AnyView) -> AnyView:
    """HEAD has the headers of GET alone. gunicorn would drop a body, too, but makes it first and warns each time."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "HEAD" and isinstance(response, StreamingHttpResponse):
            response.streaming_content = []
        elif request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response

    return middleware


def without_nul(get_response: View) -> View:
    """An address with a NUL is nowhere: PostgreSQL refuses one even in a question, and no view need think of it.

    Fields of forms refuse it themselves. It stands before whatever asks the database for the session's user.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = (
            request.path_info,
            unquote(request.META.get("QUERY_STRING", "")),
            *request.COOKIES.values(),
        )
        if any("\0" in text for text in asked):
            raise Http404
        return get_response(request)

    return middleware


def private_by_default(get_response: View) -> View:
    """No page stays in a cache, unless its view says otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
