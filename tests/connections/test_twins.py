"""Connections that people mix up are named."""

from types import SimpleNamespace
from typing import Any

from django.test import Client

from tests.connections.test_pages import NEW
from tests.reading import html_of
from xdportal.accounts.models import Team
from xdportal.connections.models import Connection
from xdportal.connections.twins import twins_of


def add(cast: SimpleNamespace, name: str, account_id: str, **fields: Any) -> Connection:
    values = {"team": cast.team, "owner": cast.mia, "environment": "production", **fields}
    return Connection.objects.create(name=name, account_id=account_id, **values)


def names(groups: list[list[Connection]]) -> list[list[str]]:
    return [[f"{one.name}/{one.account_id}" for one in group] for group in groups]


def test_of_one_name_or_one_account_in_one_team_and_environment(cast: SimpleNamespace) -> None:
    made = [
        add(cast, "QA", "A1"),
        add(cast, "qa", "A2"),
        add(cast, "Prod", "A1"),
        add(cast, "Sandbox", "A1", environment="sandbox"),
        add(cast, "QA", "A1", team=Team.objects.personal(cast.mia)),
    ]
    found = twins_of(made)

    assert names(found.of_name) == [["QA/A1", "qa/A2"]]
    assert names(found.of_account) == [["QA/A1", "Prod/A1"]]
    assert [one.pk in found for one in made] == [True, True, False, False, False]
    assert not twins_of(made[2:])


def test_lists_and_dashboard_warn_of_them(cast: SimpleNamespace, sign_in: Any) -> None:
    add(cast, "QA", "A1")
    add(cast, "Prod", "A1")
    olga: Client = sign_in(cast.olga)

    for path in ("/", "/settings/connections/"):
        assert "2 connections read the same account A1:" in html_of(olga.get(path))


def test_so_does_adding_one(cast: SimpleNamespace, sign_in: Any) -> None:
    add(cast, "Main", "A1")
    mia: Client = sign_in(cast.mia)
    form = {**NEW, "team": cast.team.pk}
    page = html_of(mia.post("/settings/connections/new/", form, follow=True))

    assert "Main already reads the same account." in page
    assert "Another connection of the team has the same name." in page
