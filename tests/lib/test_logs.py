"""Log lines: for people or as JSON, about a request and a connection, with no secret in them."""

import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from xdportal.catalog.models import Catalog
from xdportal.catalog.views import items
from xdportal.lib import logs, redaction

SECRET = "a secret of some length"


def written(kind: str, message: str, *arguments: object, **extra: Any) -> str:
    """The line of a record, through the filters in the order of the settings."""
    record = logging.getLogger("test").makeRecord(
        "test", logging.INFO, "f", 1, message, arguments, None, extra=extra
    )
    for name in settings.LOGGING["handlers"]["stderr"]["filters"][:2]:  # type: ignore[index, call-overload]
        {"about": logs.AboutFilter, "redact": redaction.RedactingFilter}[name]().filter(record)
    lines = logging.Formatter(settings.LOGGING["formatters"]["lines"]["format"])  # type: ignore[index, call-overload]
    return (logs.JsonFormatter() if kind == "json" else lines).format(record)


def test_a_line_for_people_says_what_it_is_about() -> None:
    with logs.about(request_id="r1"):
        logs.note(connection="main-abc234")
        assert written("lines", "images: %s", "ok").endswith(
            " INFO test r1 main-abc234: images: ok"
        )
    assert written("lines", "later").endswith(" INFO test: later")


def test_json_has_these_fields_and_no_others() -> None:
    with logs.about(request_id="r1"), logs.about(connection="main-abc234"):
        found = json.loads(
            written("json", "images: %s", "好", request="of a library", data={"x": SECRET})
        )

    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "INFO",
        "logger": "test",
        "message": "images: 好",
        "request_id": "r1",
        "connection": "main-abc234",
    }


@pytest.mark.parametrize("kind", ["lines", "json"])
def test_both_are_redacted(kind: str) -> None:
    with redaction.scope():
        redaction.add(SECRET)
        assert SECRET not in (line := written(kind, "it said %s", SECRET))
        assert "it said [redacted]" in line


def test_json_keeps_the_traceback_redacted() -> None:
    with redaction.scope():
        redaction.add(SECRET)
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            record = logging.getLogger("test").makeRecord(
                "test", logging.ERROR, "f", 1, "no", (), (ValueError, error, error.__traceback__)
            )
        redaction.RedactingFilter().filter(record)
    found = json.loads(logs.JsonFormatter().format(record))

    assert found["exception"].endswith("ValueError: [redacted]\n")


def test_noting_something_about_nothing_is_harmless() -> None:
    logs.note(connection="main-abc234")

    assert logs.AboutFilter().filter(record := logging.makeLogRecord({}))
    assert record.facts == {}  # type: ignore[attr-defined]


class TestRequests:
    def test_each_has_a_name_of_its_own(self, db: None) -> None:
        names = {Client().get("/login/").headers["X-Request-ID"] for _ in range(3)}

        assert [len(name) for name in names] == [16, 16, 16]

    @pytest.mark.parametrize(
        ("proxies", "given", "kept"),
        [("127.0.0.1", "edge-42", True), ("", "edge-42", False), ("127.0.0.1", "a b\nc", False)],
    )
    def test_a_trusted_proxys_name_is_kept(
        self,
        db: None,
        settings: Any,
        proxies: str,
        given: str,
        kept: bool,
        networks: Callable[[str], Any],
    ) -> None:
        settings.TRUSTED_PROXIES = networks(proxies)
        answer = Client().get("/login/", headers={"X-Request-ID": given})

        assert (answer.headers["X-Request-ID"] == given) == kept

    def test_an_error_page_shows_it_and_its_log_line_names_the_connection(
        self,
        catalog: Catalog,
        cast: SimpleNamespace,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def broken(*args: Any) -> None:
            raise RuntimeError("out of order")

        monkeypatch.setattr(items, "ItemList", broken)
        caplog.handler.addFilter(logs.AboutFilter())
        client = Client(raise_request_exception=False)
        client.force_login(cast.mia)
        answer = client.get(f"/c/{catalog.slug}/images/")
        name = answer.headers["X-Request-ID"]

        assert answer.status_code == 500
        assert f"<code>{name}</code>" in answer.content.decode()
        line = next(record for record in caplog.records if record.name == "django.request")
        assert line.facts == {"request_id": name, "connection": catalog.slug}  # type: ignore[attr-defined]

    def test_other_error_pages_and_their_log_lines_too(
        self, db: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.handler.addFilter(logs.AboutFilter())
        answer = Client().get("/nope/")
        name = answer.headers["X-Request-ID"]

        assert f"<code>{name}</code>" in answer.content.decode()
        assert [record.facts for record in caplog.records] == [{"request_id": name}]  # type: ignore[attr-defined]


@pytest.fixture
def networks() -> Callable[[str], Any]:
    from xdportal.lib.env import Environment

    return lambda text: Environment({"A": text}).networks("A")
