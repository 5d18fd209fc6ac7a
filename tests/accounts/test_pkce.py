"""Single sign-on by OpenID Connect: an intercepted code can't be used."""

import base64
import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from xdportal.accounts.models import User
from xdportal.lib import single_sign_on
from xdportal.lib.env import Environment

CODE = "the-code"


class Server(ThreadingHTTPServer):
    """A provider of OpenID Connect that hands out a token for the right verifier alone."""

    challenge = ""  # of the sign-in that runs

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        url = self.server.url
        if self.path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "userinfo_endpoint": f"{url}/userinfo",
                    "jwks_uri": f"{url}/keys",
                }
            )
        elif self.path == "/userinfo" and self.headers["Authorization"] == "Bearer the-token":
            self.answer({"sub": "1", "email": "nora@example.com", "preferred_username": "nora"})
        else:
            self.answer({}, 404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        sent = parse_qs(self.rfile.read(length).decode())
        verifier = sent.get("code_verifier", [""])[0]
        is_right = sent["code"] == [CODE] and challenge_of(verifier) == self.server.challenge
        self.answer({"access_token": "the-token", "token_type": "Bearer"}, 200 if is_right else 400)

    def answer(self, body: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: object) -> None:
        pass


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        variables = {
            "OIDC_SERVER_URL": running.url,
            "OIDC_CLIENT_ID": "a",
            "OIDC_CLIENT_SECRET": "b",
        }
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.read(Environment(variables)).providers
        settings.OPEN_SIGN_UP = True
        yield running
        running.shutdown()


def begin(client: Client) -> dict[str, list[str]]:
    """Go to the provider; return what it is asked."""
    away = client.post("/sign-on/oidc/oidc/login/").headers["Location"]
    return parse_qs(urlsplit(away).query)


def come_back(client: Client, asked: dict[str, list[str]]) -> Any:
    back = {"code": CODE, "state": asked["state"][0]}
    return client.get("/sign-on/oidc/oidc/login/callback/", back)


def test_the_code_is_bound_to_this_browser(db: None, server: Server) -> None:
    client = Client()
    asked = begin(client)
    assert asked["code_challenge_method"] == ["S256"]
    server.challenge = asked["code_challenge"][0]
    come_back(client, asked)

    assert User.objects.filter(username="nora").exists()


def test_a_code_of_another_sign_in_opens_nothing(db: None, server: Server) -> None:
    client = Client()
    server.challenge = begin(Client())["code_challenge"][0]
    answer = come_back(client, begin(client))

    assert answer.status_code != 302
    assert not User.objects.exists()
