"""What strangers send leaves no traceback and no error in the log, and is never a fault of ours."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from xdportal.lib.logs import NonsenseFilter

FORM = "application/x-www-form-urlencoded"
FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nabc\r\n--x--\r\n'


def with_cookie(name: str, value: str) -> Callable[[Client], Any]:
    def ask(client: Client) -> Any:
        client.cookies[name] = value
        return client.get("/login/")

    return ask


def post(data: bytes, content_type: str = FORM) -> Callable[[Client], Any]:
    return lambda client: client.generic("POST", "/login/", data, content_type)


def get(path: str, **headers: str) -> Callable[[Client], Any]:
    return lambda client: client.get(path, headers=headers)


NONSENSE = {
    "host": get("/login/", host="evil.example.com"),
    "host that is none": get("/login/", host="a b@@"),
    "fields": post(b"&".join(b"f%d=x" % number for number in range(300))),
    "megabytes": post(b"a=" + b"x" * 6_000_000),
    "multipart": post(b"nonsense", "multipart/form-data; boundary=x"),
    "multipart without boundary": post(b"nonsense", "multipart/form-data"),
    "file": post(FILE, "multipart/form-data; boundary=x"),
    "charset": post(b"a=b", f"{FORM}; charset=nonsense"),
    "login": post(b"login=%00%ff&password=%00"),
    "session": with_cookie("sessionid", "../../x"),
    "long session": with_cookie("sessionid", "x" * 5000),
    "language": with_cookie("django_language", "x" * 600),
    "languages": get("/login/", **{"accept-language": "x" * 5000 + ";q=nonsense"}),
    "path": get("/%ff%fe%00"),
    "query": get("/login/?next=%00&next=//evil&page=%ff"),
    "method": lambda client: client.generic("BREW", "/login/"),
    "API key": get("/api/v1/connections?limit=x", authorization="Bearer xdp_\xe9"),
    "API body": lambda client: client.post("/api/v1/check", b"{", content_type="application/json"),
    "reset link": get("/password/reset/key/99999999999999999999999-x/"),
    "confirmation": get("/confirm-email/x:y:z/"),
    "sign-on": get("/sign-on/oidc/oidc/login/callback/?code=x&state=y"),
    "sign-on of nobody": get("/sign-on/oidc/nonsense/login/"),
    "invitation": get("/invitations/%00/"),
    "security key": lambda client: client.post(
        "/settings/second-factor/webauthn/login/", {"c": "{"}
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", NONSENSE)
def test_it_leaves_a_line_and_no_traceback(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(NonsenseFilter())
    answer = NONSENSE[kind](Client(raise_request_exception=False))

    assert answer.status_code < 500
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
