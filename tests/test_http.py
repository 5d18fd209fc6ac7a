"""What holds for every answer: headers, hosts, cookies, sizes."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.items import give, items
from tests.sign_in import PASSWORD
from xdportal.catalog.models import Catalog
from xdportal.lib.middleware import client_ip, trusted_proxies

BASE = Path(__file__).resolve().parents[1]
POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
# kind of answer → method, address, status
ANSWERS = {
    "page": ("get", "/", 200),
    "redirect": ("get", "/c/{slug}/", 302),
    "forbidden": ("post", "/c/{slug}/held/accept/", 403),
    "without token": ("csrf", "/c/{slug}/check/", 403),
    "missing": ("get", "/nowhere/", 404),
    "wrong method": ("get", "/c/{slug}/check/", 405),
    "too large": ("large", "/settings/profile/", 400),
    "broken": ("broken", "/errors/", 500),
    "csv": ("get", "/c/{slug}/images.csv", 200),
    "json": ("get", "/c/{slug}/images.json", 200),
    "static": ("get", "/static/app.css", 200),
    "probe": ("get", "/healthz", 200),
    "admin": ("get", "/admin/", 302),
}


@pytest.fixture
def ask(catalog: Catalog, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Any:
    give(catalog, items(range(6)), timezone.now() - timedelta(hours=1))

    def answer(kind: str, **headers: Any) -> Any:
        method, path, status = ANSWERS[kind]
        client = Client(raise_request_exception=False, enforce_csrf_checks=method == "csrf")
        client.force_login(cast.mia)
        if method == "broken":
            monkeypatch.setattr("xdportal.errorcodes.views.render", lambda *a, **k: 1 / 0)
        address = path.format(slug=catalog.slug)
        body = {"name": "x" * 6_000_000} if method == "large" else {}
        send = client.get if method in {"get", "broken"} else client.post
        found = send(address, body, **headers)
        assert found.status_code == status
        return found

    return answer


SAFE = [
    "/",
    "/c/{slug}/images/",
    "/c/{slug}/credential/",
    "/errors/",
    "/errors/decode/",
    "/settings/profile/",
    "/healthz",
]


@pytest.mark.parametrize("path", SAFE)
def test_head_is_answered_as_get_without_the_body(
    catalog: Catalog, cast: SimpleNamespace, path: str
) -> None:
    client, address = Client(), path.format(slug=catalog.slug)
    client.force_login(cast.mia)
    head, whole = client.head(address), client.get(address)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers.keys() == whole.headers.keys()


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_carries_the_headers(ask: Any, kind: str) -> None:
    headers = ask(kind).headers

    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert re.fullmatch("[A-Za-z0-9._-]{1,32}", headers["X-Request-ID"])
    if kind != "static":
        assert headers["X-Frame-Options"] == "DENY"
        assert "no-store" in headers["Cache-Control"] or kind in {"csv", "json"}


def test_sign_in_may_lead_to_the_single_sign_on(db: None) -> None:
    policy = Client().get("/login/").headers["Content-Security-Policy"]

    assert "form-action 'self' https://sso.example.com https://login.dingtalk.com" in policy


def test_an_error_shows_nothing_of_the_inside(ask: Any) -> None:
    page = ask("broken").content.decode()

    assert "Something went wrong" in page
    assert not re.search("Traceback|ZeroDivision|errorcodes|django", page)


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_an_unknown_host_is_refused_and_a_forwarded_one_ignored(db: None, header: str) -> None:
    answer = Client(raise_request_exception=False).get("/login/", **{header: "evil.example"})

    assert answer.status_code == (400 if header == "HTTP_HOST" else 200)
    assert "evil.example" not in answer.content.decode()


def test_https_by_a_header_counts_from_trusted_proxies_only(db: None, settings: Any) -> None:
    import ipaddress

    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.1")]
    statuses = [
        Client().get("/login/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https").status_code
        for peer in ("10.0.0.1", "192.0.2.1")
    ]

    assert statuses == [200, 301]


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/settings/members/?team=%00",
            "/?team=a%00b",
            "/settings/audit/?kind=%00",
            "/errors/?q=%00&page=1",
        ),
        *("/c/{slug}/images/?q=%00", "/c/{slug}/images/a%00b/", "/%00/", "/login/?next=%00"),
    ],
)
def test_an_address_with_a_nul_is_nowhere(
    cast: SimpleNamespace, catalog: Catalog, sign_in: Any, address: str
) -> None:
    answer = sign_in(cast.mia).get(address.format(slug=catalog.slug))

    assert answer.status_code == 404
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["team", "sessionid"])
def test_nor_is_a_cookie_with_one_looked_up(cast: SimpleNamespace, sign_in: Any, name: str) -> None:
    client = sign_in(cast.mia)
    client.cookies[name] = "a\0b"

    assert client.get("/settings/members/").status_code == 404


def test_one_address_is_written_in_one_way(db: None, settings: Any) -> None:
    import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    asked = {
        "192.0.2.1": ("::ffff:192.0.2.1", ""),
        "2001:db8::1": ("2001:0DB8::1", ""),
        "fe80::1": ("fe80::1%eth0", ""),
        "198.51.100.7": ("::ffff:10.0.0.1", "::ffff:198.51.100.7, ::ffff:10.0.0.2"),
        "": ("", "198.51.100.9"),  # a Unix socket
    }
    seen = []
    middleware = trusted_proxies(
        lambda request: seen.append(client_ip(request) or "") or HttpResponse()
    )
    for peer, forwarded in asked.values():
        middleware(RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded))

    assert seen == list(asked)


def test_files_are_not_taken(ask: Any, cast: SimpleNamespace) -> None:
    from io import BytesIO

    client = Client(raise_request_exception=False)
    client.force_login(cast.mia)

    assert (
        client.post("/settings/profile/", {"theme": "dark", "file": BytesIO(b"x")}).status_code
        == 400
    )


class TestProduction:
    """With nothing but an https SITE_URL and keys."""

    @pytest.fixture
    def environment(self, tmp_path: Path) -> dict[str, str]:
        keys = (BASE / "tests/test.env").read_text().splitlines()
        return {
            **{
                name: value
                for name, value in os.environ.items()
                if name in ("PATH", "HOME", "LANG")
            },
            **dict(
                line.split("=", 1)
                for line in keys
                if line.startswith(("SECRET_KEY=", "CREDENTIAL_KEYS="))
            ),
            "ENV_FILE": "/dev/null",
            "DATA_DIR": str(tmp_path),
            "SITE_URL": "https://portal.example.com",
        }

    def manage(
        self, environment: dict[str, str], *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE,
            env=environment,
            capture_output=True,
            text=True,
        )

    def test_the_deployment_check_is_clean(self, environment: dict[str, str]) -> None:
        ended = self.manage(environment, "check", "--deploy", "--fail-level", "WARNING")

        assert (ended.returncode, ended.stdout.strip()) == (
            0,
            "System check identified no issues (0 silenced).",
        )

    def test_cookies_and_transport(self, environment: dict[str, str]) -> None:
        code = (
            "from django.test import Client; from django.core.management import call_command;"
            "call_command('migrate', verbosity=0);"
            "from xdportal.accounts.models import User; User.objects.create_user('mia', "
            "password='x');"
            "c = Client(HTTP_HOST='portal.example.com');"
            "print(c.get('/login/').headers['Location']);"
            "a = c.post('/login/', {'username': 'mia', 'password': 'x'}, secure=True);"
            "print(a.headers['Strict-Transport-Security']);"
            "c.get('/login/', secure=True); c.post('/settings/theme/', {'theme': 'dark'}, "
            "secure=True);"
            "print(*(sorted(m.output(header='') for m in c.cookies.values())), sep='\\n');"
            "from django.urls import get_resolver; import xdportal.settings as s; "
            "print(s.SINGLE_SIGN_ON.apps);"
            "print('sign-on' in c.get('/password/', secure=True).content.decode())"
        )
        ended = self.manage(environment, "shell", "-v0", "-c", code)
        lines = ended.stdout.strip().splitlines()

        assert lines[:2] == [
            "https://portal.example.com/login/",
            "max-age=31536000; includeSubDomains; preload",
        ]
        cookies = {re.match(r"\s*([^=]+)", line).group(1): line for line in lines[2:-2]}  # type: ignore[union-attr]
        assert sorted(cookies) == ["__Host-csrftoken", "__Host-sessionid", "theme"]
        for line in cookies.values():
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; ")), line
        assert lines[-2:] == ["[]", "False"]  # no single sign-on, and no trace of it


def test_no_change_by_get(ask: Any, cast: SimpleNamespace, catalog: Catalog) -> None:
    """A GET of every address writes nothing but what a look leaves: see the matrix for those
    that refuse it.
    """
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(cast.olga)
    for path in pages(catalog):
        client.get(path)
        with CaptureQueriesContext(database) as counted:
            client.get(path)
        written = [
            query["sql"] for query in counted if re.match("INSERT|UPDATE|DELETE", query["sql"])
        ]
        assert written == [], path


def pages(catalog: Catalog) -> Iterator[str]:
    from tests.test_access_matrix import MATRIX

    values = defaultdict(lambda: 1, slug=catalog.slug, token="x")
    for name, (address, get, _) in MATRIX.items():
        exempt = name.endswith(("export", "-ids")) or name in {
            "account_logout",
            "mfa_activate_totp",
            "account_email",
        }
        if get.split()[5] == "200" and "{token}" not in address and not exempt:
            yield address.format_map(values)


def test_signed_in_by_a_form_the_cookie_is_not_readable_by_script(cast: SimpleNamespace) -> None:
    client = Client()
    client.post("/login/", {"username": "mia", "password": PASSWORD})

    assert client.cookies["sessionid"]["httponly"] is True
    assert client.cookies["sessionid"]["samesite"] == "Lax"
