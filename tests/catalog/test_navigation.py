"""The side bar: the team's connections, each with its state, the open one with its lists."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, items
from tests.reading import html_of
from xdportal.accounts.models import Membership, Team
from xdportal.catalog.models import Catalog
from xdportal.catalog.navigation import Side
from xdportal.connections.models import Connection


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.olga)


def add(cast: SimpleNamespace, name: str, **fields: Any) -> Catalog:
    values = {"team": cast.team, "owner": cast.mia, "environment": "production", **fields}
    made = Connection.objects.create(name=name, account_id="A1", **values)
    return made.catalogs.get(kind=Catalog.Kind.IMAGES)


def read(catalog: Catalog) -> Catalog:
    give(catalog, items(range(4000, 4012)), timezone.now() - timedelta(minutes=1))
    return catalog


def side(client: Client, path: str) -> Side:
    page = client.get(path)
    assert page.status_code == 200
    [part] = page.context["navigation"].side
    assert isinstance(part.data, Side)
    return part.data


def names(shown: Side) -> list[str]:
    return [row.connection.name for row in shown.rows]


def test_without_a_connection_the_way_to_add_one_is_there(olga: Client) -> None:
    assert side(olga, "/").rows == []
    assert "/settings/connections/new/" in html_of(olga.get("/errors/"))


def test_a_reader_is_not_asked_to_add_one(cast: SimpleNamespace, sign_in: Any) -> None:
    Team.objects.filter(personal_of=cast.rita).delete()

    assert side(sign_in(cast.rita), "/").may_add is False


def test_the_only_one_is_open_on_every_page(cast: SimpleNamespace, olga: Client) -> None:
    read(add(cast, "Main"))
    [row] = side(olga, "/errors/").rows

    assert row.is_open
    assert (str(row.lists[0].label), row.lists[0].count) == ("Images", (12, "", False))
    assert not row.lists[0].is_current


def test_of_several_that_of_the_page_is_open(cast: SimpleNamespace, olga: Client) -> None:
    first, second = add(cast, "A"), add(cast, "B")

    def opened(path: str) -> list[str]:
        return [row.connection.name for row in side(olga, path).rows if row.is_open]

    assert opened("/") == []
    assert opened(f"/c/{second.slug}/changes/") == ["B"]
    assert opened(f"/settings/connections/{first.slug}/") == ["A"]
    [row] = [row for row in side(olga, f"/c/{first.slug}/images/").rows if row.is_open]
    assert [str(link.label) for link in row.lists if link.is_current] == ["Images"]


def test_up_to_seven_are_all_there_of_more_the_six_that_matter(
    cast: SimpleNamespace, olga: Client
) -> None:
    made = [read(add(cast, name)) for name in "ABCDEFG"]
    assert names(side(olga, "/")) == list("ABCDEFG")
    made += [read(add(cast, name)) for name in "HIJ"]
    made[8].connection.pause("by_user")

    shown = side(olga, f"/c/{made[9].slug}/images/")
    assert (names(shown), shown.total) == (["A", "B", "C", "D", "I", "J"], 10)
    assert [row.connection.name for row in shown.more] == ["E", "F", "G", "H"]
    assert "All 10 connections" in html_of(olga.get("/"))


def test_the_viewer_s_default_is_open_where_the_page_is_of_no_other(
    cast: SimpleNamespace, olga: Client, sign_in: Any
) -> None:
    first, second = read(add(cast, "A")), read(add(cast, "B"))
    olga.post(f"/settings/connections/{second.slug}/default/")

    def opened(client: Client, path: str) -> list[str]:
        return [row.connection.name for row in side(client, path).rows if row.is_open]

    assert opened(olga, "/errors/") == ["B"]
    assert opened(olga, f"/c/{first.slug}/images/") == ["A"]
    assert opened(sign_in(cast.rita), "/errors/") == []
    olga.post(f"/settings/connections/{first.slug}/default/")
    assert opened(olga, "/errors/") == ["A"]
    olga.post(f"/settings/connections/{first.slug}/default/", {"forget": "on"})
    assert opened(olga, "/errors/") == []


def test_the_mark_is_that_of_the_list_that_needs_a_person_most(
    cast: SimpleNamespace, olga: Client
) -> None:
    read(add(cast, "fine"))
    add(cast, "new")
    read(add(cast, "paused")).connection.pause("by_user")
    old = read(add(cast, "old"))
    Catalog.objects.filter(pk=old.pk).update(last_ok_at=timezone.now() - timedelta(days=1))

    marks = {row.connection.name: str(row.mark.words) for row in side(olga, "/").rows}
    assert marks == {
        "fine": "up to date",
        "new": "not read yet",
        "paused": "paused",
        "old": "out of date",
    }


def test_a_sandbox_is_tagged_and_a_production_is_not(cast: SimpleNamespace, olga: Client) -> None:
    add(cast, "A", environment="sandbox")
    add(cast, "B")

    assert [row.is_sandbox for row in side(olga, "/").rows] == [True, False]


def test_only_the_connections_of_the_page_s_team_are_shown(
    cast: SimpleNamespace, olga: Client
) -> None:
    other = Team.objects.create(name="Zwei", slug="zwei")
    Membership.objects.create(team=other, user=cast.olga, role="owner")
    add(cast, "Here")
    there = add(cast, "There", team=other, owner=cast.olga)

    assert names(side(olga, "/settings/members/?team=render")) == ["Here"]
    assert names(side(olga, "/settings/members/?team=zwei")) == ["There"]
    assert names(side(olga, f"/c/{there.slug}/images/")) == ["There"]


def test_it_costs_the_same_for_one_and_for_three(cast: SimpleNamespace, olga: Client) -> None:
    counts = []
    for name in "ABC":
        read(add(cast, name))
        olga.get("/errors/")
        with CaptureQueriesContext(database) as counted:
            olga.get("/errors/")
        counts.append(len(counted))

    assert counts[0] == counts[1] == counts[2]
