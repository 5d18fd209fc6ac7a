"""Secrets are struck out by value, in whatever form they come back, from all that is stored, shown or logged.

Inside `scope()` the code that handles a secret names it by `add()`; `redact()` and the log filter strike it out.
"""

import base64
import contextvars
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

STRUCK = "[redacted]"
SHORTEST = 6  # shorter values would strike out harmless words

_secrets: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("secrets", default=())


@contextmanager
def scope() -> Iterator[None]:
    token = _secrets.set(_secrets.get())
    try:
        yield
    finally:
        _secrets.reset(token)


def add(*secrets: str) -> None:
    """Names secrets for the rest of the running scope."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in forms_of(secret)}
    _secrets.set(tuple(sorted({*_secrets.get(), *forms}, key=len, reverse=True)))


def redact(text: str) -> str:
    for secret in _secrets.get():
        text = text.replace(secret, STRUCK)
    return text


def forms_of(secret: str) -> set[str]:
    """The value itself, and its base64, URL-encoded, JSON-escaped and hex forms."""
    raw = secret.encode("utf-8", "surrogatepass")
    codes = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    return {
        secret,
        escaped,
        *codes,
        *(code.rstrip("=") for code in codes),
        quote(raw, safe=""),
        quote_plus(raw),
        raw.hex(),
        raw.hex().upper(),
    }


class RedactingFilter(logging.Filter):
    """Rewrites a record's message and traceback; it lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _secrets.get():
            record.msg, record.args = redact(record.getMessage()), ()
            if record.exc_info:
                record.exc_text = redact("".join(traceback.format_exception(*record.exc_info)))
                record.exc_info = None
        return True
