"""What a log line says beside its message: which request, which connection. As a line for people, or as JSON."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_about: ContextVar[dict[str, str]] = ContextVar("about")


@contextmanager
def about(**facts: str) -> Iterator[None]:
    """All that is logged within carries these facts, and those that `note()` adds."""
    token = _about.set({**_about.get({}), **facts})
    try:
        yield
    finally:
        _about.reset(token)


def note(**facts: str) -> None:
    """For the rest of the running `about()`; without one, nothing."""
    if (known := _about.get(None)) is not None:
        known.update(facts)


class AboutFilter(logging.Filter):
    """Hangs the facts on the record; it lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = _about.get({})
        if request_id := getattr(getattr(record, "request", None), "request_id", ""):
            facts = {
                "request_id": request_id,
                **facts,
            }  # Django logs a 404 when the middleware is through
        record.__dict__.update(facts=facts, about="".join(f" {fact}" for fact in facts.values()))
        return True


class JsonFormatter(logging.Formatter):
    """One object a line, of these fields alone: what libraries hang on a record may hold anything."""

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
