"""The API as a program asks it. Every answer is held against the specification
(tests/contract.py).
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from tests.items import give, item, package, personal
from xdportal.accounts import keys
from xdportal.accounts.keys import NewKey
from xdportal.accounts.models import Scope, User
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

BASE = "/api/v1"
KINDS = ["images", "packages-payg", "packages-rental", "personal"]


class Api:
    """A program with a key."""

    def __init__(self, key: str | None) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(_url(path), query or {}, headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", path, body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        text = body if isinstance(body, (bytes, str)) else json.dumps(body)
        more = {} if body is None else {"data": text, "content_type": "application/json"}
        headers = {**self.headers, **headers}
        return self.client.generic(method.upper(), _url(path), headers=headers, **more)

    def data(self, path: str, query: dict[str, Any] | None = None) -> Any:
        answer = self.get(path, query)
        assert answer.status_code == 200, answer.content
        return answer.json()["data"]

    def walk(self, path: str, query: dict[str, Any] | None = None) -> list[Any]:
        """Return the rows of all pages."""
        answer = self.get(path, query)
        rows = []
        while True:
            assert answer.status_code == 200, answer.content
            rows += answer.json()["data"]
            following = answer.json()["next"]
            if following is None:
                return rows
            answer = self.client.get(following, headers=self.headers)


def _url(path: str) -> str:
    return path if path.startswith(("http", "/api/", "/feeds", "/badge")) else f"{BASE}{path}"


@pytest.fixture(autouse=True)
def no_requests_are_left(settings: Any) -> Iterator[None]:
    """Requests are counted in files, which outlive the database of a test."""
    settings.API_RATE = 1000
    yield
    for file in (django_settings.DATA_DIR / "rates").glob("*"):
        file.unlink()


@pytest.fixture
def key_of(cast: SimpleNamespace) -> Callable[..., str]:
    def make(
        person: User | None = None,
        scopes: list[str] | None = None,
        connections: list[Any] | None = None,
        team: Any = None,
    ) -> str:
        wish = NewKey("ci", list(Scope) if scopes is None else scopes, 30, connections)
        return keys.create(team or cast.team, person or cast.mia, wish)[1]

    return make


@pytest.fixture
def api_of(key_of: Callable[..., str]) -> Callable[..., Api]:
    def make(*arguments: Any, **wishes: Any) -> Api:
        return Api(key_of(*arguments, **wishes))

    return make


@pytest.fixture
def api(api_of: Callable[..., Api]) -> Api:
    """A key of Mia's with all scopes."""
    return api_of()


@pytest.fixture
def connection(connect: Callable[..., Connection]) -> Connection:
    """A connection with a list of each kind, read 50 minutes ago: soon out of date."""
    made = connect(kinds=KINDS)
    at = timezone.now() - timedelta(minutes=50)
    give(made.catalogs.get(kind="images"), [item("4034"), item("4044", "22.04 x64")], at)
    give(made.catalogs.get(kind="packages-payg"), [package("p1"), package("p2", type="ceph")], at)
    give(made.catalogs.get(kind="packages-rental"), [package("p1", "0.9")], at)
    give(made.catalogs.get(kind="personal"), [personal("m1")], at)
    return made


@pytest.fixture
def images(connection: Connection) -> Catalog:
    return connection.catalogs.get(kind="images")


def fresh(catalog: Catalog) -> Catalog:
    return Catalog.objects.select_related("connection", "latest_snapshot").get(pk=catalog.pk)
