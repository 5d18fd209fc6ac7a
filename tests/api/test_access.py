"""Who gets in: keys, their scopes and teams, and sessions."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.api.conftest import Api
from xdportal.accounts.models import ApiKey, Membership, Team
from xdportal.connections.models import Connection


def status(answer: Any) -> int:
    return int(answer.status_code)


def test_without_a_key_the_api_asks_for_one(db: None) -> None:
    answer = Api(None).get("/connections")

    assert status(answer) == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="xdportal"'
    problem = answer.json()
    assert problem["title"] == "No valid key"
    assert problem["type"].endswith("/api/docs/#problem-unauthorized")
    assert problem["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer xdp_" + "a" * 62]
)
def test_a_wrong_key_is_refused(db: None, given: str) -> None:
    assert status(Api(None).get("/connections", Authorization=given)) == 401


def test_a_revoked_key_opens_nothing(api: Api) -> None:
    assert status(api.get("/connections")) == 200

    ApiKey.objects.get().delete()

    assert status(api.get("/connections")) == 401


def test_an_expired_key_opens_nothing(api: Api) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert status(api.get("/connections")) == 401


def test_a_key_dies_with_its_membership(api: Api, cast: SimpleNamespace) -> None:
    Membership.objects.filter(user=cast.mia).delete()

    assert status(api.get("/connections")) == 401


def test_a_demoted_creator_makes_the_key_weaker_at_once(
    api: Api, cast: SimpleNamespace, connection: Connection
) -> None:
    Membership.objects.filter(user=cast.mia).update(role="reader")

    assert status(api.get(f"/connections/{connection.slug}")) == 200
    assert status(api.post(f"/connections/{connection.slug}/check", {})) == 403


@pytest.mark.parametrize(
    ("scope", "path", "expected"),
    [
        ("read", "/connections", 200),
        ("check", "/connections", 403),
        ("pins", "/connections", 403),
        ("run", "/connections", 403),
        ("check", "/status", 200),
        ("run", "/status", 200),
    ],
)
def test_a_scope_opens_what_it_names(
    api_of: Callable[..., Api], scope: str, path: str, expected: int
) -> None:
    assert status(api_of(scopes=[scope]).get(path)) == expected


def test_the_scope_that_is_missing_is_named(api_of: Callable[..., Api]) -> None:
    answer = api_of(scopes=["check"]).get("/connections")

    assert answer.json()["detail"] == "The key lacks the scope: read."


def test_a_key_sees_its_own_team_alone(
    api_of: Callable[..., Api], cast: SimpleNamespace, connection: Connection
) -> None:
    other = Team.objects.create(name="Other", slug="other")
    Membership.objects.create(team=other, user=cast.mia, role="owner")
    api = api_of(cast.mia, team=other)

    assert api.data("/connections") == []
    assert status(api.get(f"/connections/{connection.slug}")) == 404


def test_a_key_that_is_confined_sees_its_connections_alone(
    api_of: Callable[..., Api], connect: Callable[..., Connection], connection: Connection
) -> None:
    other = connect("Other", account=1)
    api = api_of(connections=[connection.uuid])

    assert [row["slug"] for row in api.data("/connections")] == [connection.slug]
    assert status(api.get(f"/connections/{other.slug}/images")) == 404


def test_foreign_and_absent_are_the_same(
    api_of: Callable[..., Api], cast: SimpleNamespace, connection: Connection
) -> None:
    theirs = Team.objects.create(name="Other", slug="other")
    Membership.objects.create(team=theirs, user=cast.stefan, role="owner")
    api = api_of(cast.stefan, team=theirs)

    answers = [api.get(f"/connections/{slug}").json() for slug in (connection.slug, "absent")]

    for answer in answers:
        del answer["request_id"]
    assert answers[0] == answers[1]


def test_a_session_reads_and_does_not_write(
    sign_in: Callable[..., Client], cast: SimpleNamespace, connection: Connection
) -> None:
    client = sign_in(cast.mia)

    assert status(client.get("/api/v1/connections")) == 200
    assert status(client.post(f"/api/v1/connections/{connection.slug}/check")) == 401


def test_the_use_of_a_key_is_noted_once_a_minute(api: Api) -> None:
    api.get("/status")
    first = ApiKey.objects.get()
    api.get("/status")

    assert first.last_used_ip == "127.0.0.1"
    assert ApiKey.objects.get().last_used_at == first.last_used_at


def test_requests_over_the_rate_wait(api: Api, settings: Any) -> None:
    settings.API_RATE = 2
    with time_machine.travel("2026-11-25T01:30:15Z", tick=False):
        ApiKey.objects.update(expires_at=timezone.now() + timedelta(days=1))
        answers = [api.get("/status") for _number in range(3)]

        assert [status(answer) for answer in answers] == [200, 200, 429]
        assert answers[2].headers["Retry-After"] == "45"
        assert answers[2].json()["detail"] == "More than 2 requests in this minute."
    with time_machine.travel("2026-11-25T01:31:00Z", tick=False):
        assert status(api.get("/status")) == 200


def test_each_key_has_a_rate_of_its_own(api_of: Callable[..., Api], settings: Any) -> None:
    settings.API_RATE = 1
    keys = [api_of(), api_of()]

    assert [status(api.get("/status")) for api in keys] == [200, 200]
