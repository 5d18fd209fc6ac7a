"""One person and one team have so many connections and no more, however they come by them."""

from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Membership, Role, Team
from xdportal.connections import actions
from xdportal.connections.actions import Actor
from xdportal.connections.limits import LimitReached
from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret

SECRET = AccountSecret("A1", "a good secret")
PERSON = "You have 1 connections; the limit is 1 per person."
TEAM = "This team has 1 connections; the limit is 1 per team."


@pytest.fixture
def connection(connect: Callable[..., Connection]) -> Connection:
    """Return the one connection of Mia's, in team Render."""
    return connect()


def new_in(team: Team) -> Connection:
    return Connection(team=team, name="New", environment="sandbox", account_id="A1")


def add(client: Client, team: Team) -> str:
    fields = {
        "team": team.pk,
        "name": "New",
        "environment": "sandbox",
        "account_id": "A1",
        "secret": "a good secret",
        "interval": 1800,
        "kinds": ["images"],
    }
    answer = client.post("/settings/connections/new/", fields, follow=True)
    return answer.content.decode()


def test_a_person_has_no_more_in_any_team(
    connection: Connection, cast: SimpleNamespace, sign_in: Any, settings: Any
) -> None:
    settings.MAX_PERSON_CONNECTIONS = 1
    assert PERSON in add(sign_in(cast.mia), Team.objects.personal(cast.mia))
    assert Connection.objects.count() == 1

    assert PERSON not in add(sign_in(cast.max), cast.team)
    assert Connection.objects.count() == 2


def test_a_team_has_no_more_whoever_adds_one(
    connection: Connection, cast: SimpleNamespace, sign_in: Any, settings: Any
) -> None:
    settings.MAX_TEAM_CONNECTIONS = 1
    assert TEAM in add(sign_in(cast.max), cast.team)
    assert TEAM not in add(sign_in(cast.max), Team.objects.personal(cast.max))
    assert Connection.objects.filter(team=cast.team).count() == 1


def test_an_administrator_has_the_same_limits(cast: SimpleNamespace, settings: Any) -> None:
    settings.MAX_PERSON_CONNECTIONS = 1
    team = Team.objects.personal(cast.ada)
    actions.create(new_in(team), SECRET, Actor(Viewer(cast.ada)))

    with pytest.raises(LimitReached):
        actions.create(new_in(team), SECRET, Actor(Viewer(cast.ada)))


def test_the_command_says_it_too(
    connection: Connection, cast: SimpleNamespace, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_PERSON_CONNECTIONS = 1
    monkeypatch.setattr("sys.stdin", StringIO("a good secret\n"))
    options = ["--user=mia", "--name=New", "--environment=sandbox", "--account-id=A1"]

    with pytest.raises(CommandError, match="You have 1 connections; the limit is 1 per person"):
        call_command("add_connection", *options)


def test_taking_over_is_refused(
    connection: Connection,
    connect: Callable[..., Connection],
    cast: SimpleNamespace,
    sign_in: Any,
    settings: Any,
) -> None:
    settings.MAX_PERSON_CONNECTIONS = 1
    other = connect("Other", owner=cast.max)
    other.orphan()
    address = f"/settings/connections/{other.slug}/credential/"
    page = sign_in(cast.mia).post(address, {"secret": "a good secret"})

    assert PERSON in page.content.decode()
    assert Connection.objects.get(pk=other.pk).owner is None


def test_moving_into_a_full_team_is_refused(
    connection: Connection,
    connect: Callable[..., Connection],
    cast: SimpleNamespace,
    sign_in: Any,
    settings: Any,
) -> None:
    settings.MAX_TEAM_CONNECTIONS = 1
    full = Team.objects.create(name="Full", slug="full")
    Membership.objects.create(team=full, user=cast.mia, role=Role.OWNER)
    connect("There", team=full)
    address = f"/settings/connections/{connection.slug}/move/"
    page = sign_in(cast.mia).post(address, {"team": full.pk})

    assert TEAM in page.content.decode()
    assert Connection.objects.get(pk=connection.pk).team == cast.team


def test_whoever_has_more_keeps_them(
    connection: Connection, connect: Callable[..., Connection], settings: Any
) -> None:
    """A limit that was lowered stops nothing that runs."""
    connect("Second")
    settings.MAX_PERSON_CONNECTIONS = settings.MAX_TEAM_CONNECTIONS = 1
    actions.pause(connection, Actor(Viewer(connection.owner)))
    actions.resume(connection, Actor(Viewer(connection.owner)))

    assert Connection.objects.filter(state="ok").count() == 2
