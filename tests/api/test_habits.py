"""What holds for every address: methods, formats, bodies, parameters, validators."""

import gzip
import io
import json
from typing import Any

import pytest

from tests.api.conftest import Api
from xdportal.connections.models import Connection


def errors(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: list[dict[str, str]] = answer.json()["errors"]
    return found


def test_head_is_get_without_a_body(api: Api) -> None:
    got = api.get("/connections")
    answer = api.send("head", "/connections")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == got.headers["ETag"]


def test_options_names_the_methods(db: None) -> None:
    answer = Api(None).send("options", "/connections")

    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_another_method_is_refused(api: Api) -> None:
    answer = api.send("delete", "/connections")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("", 200),
        ("application/*;q=0.1", 200),
        ("text/html, application/json;q=0.9", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/json;q=x", 406),
    ],
)
def test_the_format_is_what_the_client_accepts(api: Api, accept: str, status: int) -> None:
    assert api.get("/status", Accept=accept).status_code == status


def test_an_address_that_does_not_exist_is_a_problem(db: None) -> None:
    answer = Api(None).get("/nowhere")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "The API has no such URL."


def test_a_line_feed_after_an_address_makes_another(api: Api) -> None:
    assert api.get("/status%0A").status_code == 404


def test_an_unknown_parameter_is_refused(api: Api) -> None:
    assert errors(api.get("/status", {"limit": "1"})) == [
        {"field": "limit", "detail": "There is no such parameter."}
    ]


def test_a_parameter_that_is_given_twice_is_refused(api: Api) -> None:
    assert errors(api.get("/connections?limit=1&limit=1")) == [
        {"field": "limit", "detail": "This parameter is repeated."}
    ]


@pytest.mark.parametrize("value", ["", "0", "501", "-1", "1.0", "x", "١", " 1", "1e2", "9" * 30])
def test_a_limit_that_makes_no_sense_is_refused(api: Api, value: str) -> None:
    assert [error["field"] for error in errors(api.get("/connections", {"limit": value}))] == [
        "limit"
    ]


@pytest.mark.parametrize(
    "value", ["", "x", "2026-13-01", "20261125", "12:00", "1", "2026-11-25 01:30"]
)
def test_a_time_that_makes_no_sense_is_refused(
    api: Api, connection: Connection, value: str
) -> None:
    answer = api.get(f"/connections/{connection.slug}/images/changes", {"since": value})

    assert [error["field"] for error in errors(answer)] == ["since"]


@pytest.mark.parametrize("value", ["x", "", "AAAA", "%%%", "g6ZkYXRh"])
def test_a_cursor_that_is_none_of_ours_is_refused(api: Api, value: str) -> None:
    assert [error["field"] for error in errors(api.get("/connections", {"cursor": value}))] == [
        "cursor"
    ]


def test_every_bad_parameter_is_named(api: Api) -> None:
    answer = api.get("/compare", {"kind": "x", "more": "1"})

    assert [error["field"] for error in errors(answer)] == ["kind", "more", "left", "right"]


def test_a_nul_in_the_query_is_refused(api: Api) -> None:
    assert api.get("/errors?q=%00").status_code == 422


@pytest.mark.parametrize("value", ["%FF", "%D3%E9", "%ED%A0%80"])
def test_a_query_that_is_not_utf_8_is_refused(api: Api, value: str) -> None:
    assert errors(api.get(f"/errors?q={value}")) == [
        {"field": "query", "detail": "The query string is not UTF-8."}
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff", "body"),
        (b'{"kind": "x"}', "kind"),
        (b'{"kind": 1}', "kind"),
        (b'{"more": 1}', "more"),
        (b'{"kind": "\\u0000"}', "body"),
        (b"[" * 100_000, "body"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(
    api: Api, connection: Connection, body: bytes, field: str
) -> None:
    answer = api.post(f"/connections/{connection.slug}/check", body)

    assert [error["field"] for error in errors(answer)] == [field]


def test_a_body_over_a_mebibyte_is_refused(api: Api, connection: Connection) -> None:
    body = json.dumps({"kind": "x" * 2**20}).encode()

    assert api.post(f"/connections/{connection.slug}/check", body).status_code == 413


@pytest.mark.parametrize(("size", "status"), [(10, 200), (2**20 + 1, 413)])
def test_a_body_without_its_length_is_read_to_its_end(
    api: Api, connection: Connection, size: int, status: int
) -> None:
    answer = api.client.generic(
        "POST",
        f"/api/v1/check?connection={connection.slug}",
        headers={**api.headers, "Transfer-Encoding": "chunked"},
        CONTENT_TYPE="text/plain",
        **{"wsgi.input": io.BytesIO(b"4034".ljust(size, b"\n"))},
    )

    assert answer.status_code == status
    assert status != 200 or [pin["id"] for pin in answer.json()["pins"]] == ["4034"]


def test_a_body_in_another_format_is_refused(api: Api, connection: Connection) -> None:
    answer = api.client.post(
        f"/api/v1/connections/{connection.slug}/check",
        data="kind=images",
        content_type="application/x-www-form-urlencoded",
        headers=api.headers,
    )

    assert answer.status_code == 415
    assert answer.headers["Accept-Post"] == "application/json"


def test_a_compressed_body_is_refused(api: Api, connection: Connection) -> None:
    path = f"/connections/{connection.slug}/check"

    answer = api.post(path, gzip.compress(b"{}"), **{"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert answer.json()["detail"] == "Send the body without Content-Encoding."


def test_a_validator_spares_what_the_client_has(api: Api, connection: Connection) -> None:
    path = f"/connections/{connection.slug}/images"
    etag = api.get(path).headers["ETag"]

    answer = api.get(path, **{"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")
    assert api.get(path, {"limit": "1"}, **{"If-None-Match": etag}).status_code == 200


def test_answers_stay_with_whoever_asked(api: Api) -> None:
    answer = api.get("/status")

    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer.headers["Vary"]


def test_words_are_in_the_language_of_the_client(api: Api, connection: Connection) -> None:
    path = f"/connections/{connection.slug}/images/1"

    assert api.get(path, **{"Accept-Language": "zh-CN"}).json()["title"] == "找不到"
