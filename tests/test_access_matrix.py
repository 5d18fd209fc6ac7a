"""Every address of the portal × everybody × GET and POST. A new address without a row fails."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.items import give, items
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

PEOPLE = ("anonymous", "stranger", "reader", "member", "manager", "owner", "administrator")
EVERYBODY = "302 200 200 200 200 200 200"  # signed in
PUBLIC = "200 200 200 200 200 200 200"
NO_GET, NO_POST = "302 405 405 405 405 405 405", "302 405 405 405 405 405 405"
LOOK = "302 404 200 200 200 200 404"
WORK = "302 404 403 302 302 302 404"
MANAGE = "302 404 403 403 302 302 404"
OWN = "302 404 403 302 403 403 404"  # the member's own connection
BACK = "302 404 302 302 302 302 404"  # the address of a refused form leads back to its page
STEER = "302 404 403 302 302 302 404"  # its own user, and managers
DELETE = "302 404 403 200 403 200 404"  # with the name left out: asked again
ADDED = "302 200 200 200 200 200 200"  # everybody has a personal team

# name → address, GET, POST. Statuses in the order of PEOPLE.
MATRIX: dict[str, tuple[str, str, str]] = {
    "dashboard": ("/", EVERYBODY, NO_POST),
    "catalog": ("/c/{slug}/", "302 302 302 302 302 302 302", NO_POST),
    "images": ("/c/{slug}/images/", LOOK, NO_POST),
    "image": ("/c/{slug}/images/1/", LOOK, NO_POST),
    "changes": ("/c/{slug}/changes/", LOOK, NO_POST),
    "snapshots": ("/c/{slug}/snapshots/", LOOK, NO_POST),
    "snapshot": ("/c/{slug}/snapshots/1/", LOOK, NO_POST),
    "compare": ("/c/{slug}/compare/", LOOK, NO_POST),
    "check": ("/c/{slug}/checks/{check}/", LOOK, NO_POST),
    "images-export": ("/c/{slug}/images.csv", LOOK, NO_POST),
    "changes-export": ("/c/{slug}/changes.json", LOOK, NO_POST),
    "snapshot-export": ("/c/{slug}/snapshots/1.csv", LOOK, NO_POST),
    "compare-export": ("/c/{slug}/compare.json", LOOK, NO_POST),
    "check-now": ("/c/{slug}/check/", NO_GET, WORK),
    "accept-held": ("/c/{slug}/held/accept/", NO_GET, MANAGE),
    "discard-held": ("/c/{slug}/held/discard/", NO_GET, MANAGE),
    "connections": ("/settings/connections/", EVERYBODY, NO_POST),
    "connection-add": ("/settings/connections/new/", ADDED, ADDED),
    "connection": ("/settings/connections/{slug}/", LOOK, "302 404 403 200 200 200 404"),
    "connection-credential": ("/settings/connections/{slug}/credential/", BACK, OWN),
    "connection-test": ("/settings/connections/{slug}/test/", NO_GET, OWN),
    "connection-pause": ("/settings/connections/{slug}/pause/", NO_GET, STEER),
    "connection-resume": ("/settings/connections/{slug}/resume/", NO_GET, STEER),
    "connection-delete": ("/settings/connections/{slug}/delete/", BACK, DELETE),
    "login": ("/login/", "200 302 302 302 302 302 302", "200 302 302 302 302 302 302"),
    "logout": ("/logout/", NO_GET, "302 302 302 302 302 302 302"),
    "password": ("/password/", EVERYBODY, EVERYBODY),
    "first-administrator": ("/welcome/x/", "404 " * 7, "404 " * 7),
    "profile": ("/settings/profile/", EVERYBODY, "302 200 200 200 200 200 200"),
    "set-language": ("/settings/language/", "405 " * 7, "302 " * 7),
    "set-theme": ("/settings/theme/", "405 " * 7, "302 " * 7),
    "error-codes": ("/errors/", EVERYBODY, NO_POST),
    "error-code": ("/errors/401/", "302 302 302 302 302 302 302", NO_POST),
    "decoder": ("/errors/decode/", EVERYBODY, EVERYBODY),
    "healthz": ("/healthz", PUBLIC, "405 " * 7),
    "readyz": ("/readyz", "503 " * 7, "405 " * 7),
}
ADMIN_PAGES = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/team/",
    "/admin/accounts/auditentry/",
    "/admin/catalog/check/",
    "/admin/catalog/snapshot/",
    "/admin/catalog/listing/",
    "/admin/connections/connection/",
]


@pytest.fixture
def stage(cast: SimpleNamespace, simulator: Any, connect: Any) -> SimpleNamespace:
    connection = connect()
    catalog: Catalog = connection.catalogs.get()
    check = give(catalog, items(range(6)), timezone.now() - timedelta(hours=1)).check
    people = (None, cast.stefan, cast.rita, cast.mia, cast.max, cast.olga, cast.ada)
    return SimpleNamespace(
        people=dict(zip(PEOPLE, people, strict=True)), values={"slug": connection.slug, "check": check.pk}
    )


def client_of(stage: SimpleNamespace, person: str) -> Client:
    client = Client(raise_request_exception=False)
    if stage.people[person] is not None:
        client.force_login(stage.people[person])
    return client


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", MATRIX)
def test_everybody_gets_what_the_matrix_says(stage: SimpleNamespace, name: str, person: str) -> None:
    address, get, post = MATRIX[name]
    place, path = PEOPLE.index(person), address.format(**stage.values)

    assert client_of(stage, person).get(path).status_code == int(get.split()[place])
    Connection.objects.filter(slug=stage.values["slug"]).update(state="ok")
    assert client_of(stage, person).post(path).status_code == int(post.split()[place])


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_the_admin_panel_is_the_administrators(stage: SimpleNamespace, path: str, person: str) -> None:
    assert client_of(stage, person).get(path).status_code == (200 if person == "administrator" else 302)


def names(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name != "admin":
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name)


def missing(rows: dict[str, Any]) -> set[str]:
    return set(names(get_resolver().url_patterns)) - set(rows)


def test_every_address_has_a_row() -> None:
    assert missing(MATRIX) == set()


def test_an_address_without_a_row_would_be_noticed() -> None:
    assert missing({name: row for name, row in MATRIX.items() if name != "check"}) == {"check"}


def test_foreign_and_absent_look_alike(stage: SimpleNamespace) -> None:
    stranger = client_of(stage, "stranger")
    foreign = stranger.get(f"/c/{stage.values['slug']}/images/")
    absent = stranger.get("/c/no-such-000000/images/")

    blank = lambda page: page.content.decode().split("<main")[1].split("<form")[0]  # noqa: E731
    assert (foreign.status_code, blank(foreign)) == (absent.status_code, blank(absent))


def test_changes_need_a_csrf_token(stage: SimpleNamespace) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(stage.people["owner"])

    assert client.post(f"/c/{stage.values['slug']}/check/").status_code == 403
    assert "The form has expired" in client.post(f"/c/{stage.values['slug']}/check/").content.decode()


@pytest.mark.parametrize("path", ["/", "/login/", "/nope/", "/errors/", "/c/{slug}/images/", "/healthz"])
def test_every_answer_carries_the_headers(stage: SimpleNamespace, path: str) -> None:
    answer = client_of(stage, "owner").get(path.format(**stage.values))

    assert set(answer.headers["Content-Security-Policy"].split("; ")) == {
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    }
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_no_page_carries_inline_script_or_style(stage: SimpleNamespace) -> None:
    client = client_of(stage, "owner")
    for address, get, _ in MATRIX.values():
        if int(get.split()[5]) == 200 and not address.endswith((".csv", ".json")):
            page = client.get(address.format(**stage.values)).content.decode()
            assert " style=" not in page, address
            assert "<style" not in page, address
            assert " onclick" not in page, address
            assert page.count("<script") == page.count('<script type="module" src='), address
