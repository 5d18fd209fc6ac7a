"""Log lines that name their request and connection, as text or JSON."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_about: ContextVar[dict[str, str]] = ContextVar("about")


@contextmanager
def about(**facts: str) -> Iterator[None]:
    """Attach these facts, and those that `note()` adds, to everything logged within."""
    token = _about.set({**_about.get({}), **facts})
    try:
        yield
    finally:
        _about.reset(token)


def note(**facts: str) -> None:
    """Add facts for the rest of the running `about()`; outside of one, do nothing."""
    known = _about.get(None)
    if known is not None:
        known.update(facts)


class AboutFilter(logging.Filter):
    """Attach the facts to the record. Every record passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = _about.get({})
        # Django logs a 404 after the middleware has finished.
        request_id = getattr(getattr(record, "request", None), "request_id", "")
        if request_id:
            facts = {"request_id": request_id, **facts}
        record.__dict__.update(facts=facts, about="".join(f" {fact}" for fact in facts.values()))
        return True


class NonsenseFilter(logging.Filter):
    """Log what a stranger can cause at will as one warning, without a traceback.

    Django logs an invalid host or a form that is too large as an error of ours, and the traceback
    of a form that it can't parse. Every record passes.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        is_refused = record.name == "django.request" and getattr(record, "status_code", 500) < 500
        if is_refused or record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
            record.levelno = logging.WARNING
            record.levelname = logging.getLevelName(logging.WARNING)
        return True


class JsonFormatter(logging.Formatter):
    """One object a line with these fields only: a library may attach anything to a record."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        trace = record.exc_text or ""
        if record.exc_info and not trace:
            trace = self.formatException(record.exc_info)
        if trace:
            fields["exception"] = trace
        return json.dumps(fields)
