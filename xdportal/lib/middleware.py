"""What holds for every answer of the portal."""

import ipaddress
import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")


def is_probe(record: logging.LogRecord) -> bool:
    """A supervisor asks /readyz every second; its 503 is the answer, not an error to log."""
    return getattr(getattr(record, "request", None), "path", "") == "/readyz"


def trusted_proxies(get_response: View) -> View:
    """Forwarded headers count only when they come from TRUSTED_PROXIES."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _is_trusted(request.META.get("REMOTE_ADDR", "")):
            for header in FORWARDED:
                request.META.pop(header, None)
        return get_response(request)

    return middleware


def _is_trusted(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False  # a Unix socket has none
    return any(address in network for network in settings.TRUSTED_PROXIES)


def private_by_default(get_response: View) -> View:
    """No page stays in a cache, unless its view says otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
