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
        if request_id := getattr(getattr(record, "request", None), "request_id", ""):
            facts = {
                "request_id": request_id,
                **facts,
            }  # Django logs a 404 after the middleware has finished
        record.__dict__.update(facts=facts, about="".join(f" {fact}" for fact in facts.values()))
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
        if trace := record.exc_text or (
            self.formatException(record.exc_info) if record.exc_info else ""
        ):
            fields["exception"] = trace
        return json.dumps(fields)
