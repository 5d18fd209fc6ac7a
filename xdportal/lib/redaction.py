"""Strike out secrets by value, in every form, from what is stored, shown or logged.

Inside `scope()`, code that handles a secret registers it by `add()`; `redact()` and the log filter
strike it out.
"""

import base64
import contextvars
import html
import json
import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

STRUCK = "[redacted]"
SHORTEST = 6  # shorter values would match harmless words
SHORTEST_BASE64 = 8
CUT_MARK = "…"
API_KEY_PREFIX = "xdp_"
# Recognised by its form, in any scope.
API_KEY = re.compile(r"(xdp_[0-9A-Za-z]{12}_)[0-9A-Za-z_-]+")

_secrets: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("secrets", default=())


@contextmanager
def scope() -> Iterator[None]:
    """Forget at its end what was added within. Exceptions that leave it are redacted."""
    token = _secrets.set(_secrets.get())
    try:
        yield
    except Exception as error:
        _strike(error)
        raise
    finally:
        _secrets.reset(token)


def add(*secrets: str) -> None:
    """Register secrets for the rest of the running scope."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in forms_of(secret)}
    _secrets.set(tuple(sorted({*_secrets.get(), *forms}, key=len, reverse=True)))


def redact(text: str) -> str:
    if API_KEY_PREFIX in text:
        text = API_KEY.sub(rf"\g<1>{STRUCK}", text)
    for secret in _secrets.get():
        text = text.replace(secret, STRUCK)
        text = _without_cut(text, secret)
    return text


def _without_cut(text: str, secret: str) -> str:
    """Strike out the beginning of a secret at the end of a text, and its end at the beginning."""
    reach = len(secret) + len(CUT_MARK)
    start = text.find(secret[:SHORTEST], max(0, len(text) - reach))
    tail = text[start:].rstrip(CUT_MARK)
    if start >= 0 and secret.startswith(tail):
        text = text[:start] + STRUCK
    found = text.find(secret[-SHORTEST:], 0, reach)
    end = found + SHORTEST
    head = text[:end].lstrip(CUT_MARK)
    if found >= 0 and secret.endswith(head):
        text = STRUCK + text[end:]
    return text


def forms_of(secret: str) -> set[str]:
    """Return the value and its base64, URL, JSON, HTML, Python and hex forms."""
    raw = secret.encode("utf-8", "surrogatepass")
    return {
        secret,
        *(json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)),
        html.escape(secret),
        repr(secret)[1:-1],
        quote(raw),
        *(form for form in _base64_forms(raw) if len(form) >= SHORTEST_BASE64),
        quote(raw, safe=""),
        quote_plus(raw),
        raw.hex(),
        raw.hex().upper(),
    }


def _base64_forms(raw: bytes) -> Iterator[str]:
    """Yield the base64 forms, also within a longer text.

    base64 takes three bytes at a time, so the same bytes have three forms.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
        for shift in range(3):
            start = 4 if shift else 0  # the characters that depend on what precedes the secret
            end = (shift + len(raw)) // 3 * 4  # those after it depend on what follows
            yield encode(bytes(shift) + raw).decode()[start:end]


def _strike(error: BaseException | None) -> None:
    """Redact the texts of an exception and of its causes."""
    while error is not None:
        error.args = tuple(
            redact(value) if isinstance(value, str) else value for value in error.args
        )
        error = error.__cause__ or error.__context__


class RedactingFilter(logging.Filter):
    """Redact a record's message and traceback. Every record passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _secrets.get() or API_KEY_PREFIX in message:
            record.msg = redact(message)
            record.args = ()
        if record.exc_info:
            self._rewrite_traceback(record)
        return True

    def _rewrite_traceback(self, record: logging.LogRecord) -> None:
        # Not None: the caller has asked.
        text = "".join(traceback.format_exception(*record.exc_info))  # type: ignore[misc]
        redacted = redact(text)
        if redacted != text or _secrets.get():
            record.exc_text = redacted
            record.exc_info = None
