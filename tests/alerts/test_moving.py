"""A connection that moves to another team takes its pins, and what depends on them, along."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.alerts.stage import HOUR, Outside, pin
from tests.items import START, give, items
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Membership, Team
from xdportal.alerts.actions import RuleWish
from xdportal.alerts.models import ExpectedChange, Pin, Recipe, Rule
from xdportal.catalog.models import Catalog, Event
from xdportal.connections import actions
from xdportal.connections.actions import Actor
from xdportal.connections.models import Connection

MINUTE = timedelta(minutes=1)


@pytest.fixture
def target(listed: Catalog, cast: SimpleNamespace) -> Team:
    """Return another team, of which the connection's owner is a member."""
    team = Team.objects.create(name="Sim", slug="sim")
    Membership.objects.create(team=team, user=listed.connection.owner, role="owner")
    return team


def move(catalog: Catalog, team: Team) -> None:
    connection = Connection.objects.get(pk=catalog.connection_id)
    actions.move(connection, team, Actor(Viewer(connection.owner)))


def test_pins_keep_all_but_the_team_and_a_name_that_is_taken(
    listed: Catalog, target: Team, connect: Any
) -> None:
    other = connect("Other", account=1).catalogs.get(kind="images")
    Connection.objects.filter(pk=other.connection_id).update(team=target)
    other.refresh_from_db()
    pin(other, "1", START, "base")
    moved = [pin(listed, "1", START, "base"), pin(listed, "2", START, "tools")]
    move(listed, target)

    pins = {row.uuid: row for row in Pin.objects.filter(catalog=listed)}
    assert {row.team for row in pins.values()} == {target}
    assert [pins[one.uuid].name for one in moved] == ["base-2", "tools"]
    assert [pins[one.uuid].owner for one in moved] == [listed.connection.owner] * 2
    assert pins[moved[0].uuid].revisions.count() == 1


def test_an_owner_who_is_no_member_there_is_dropped(
    listed: Catalog, target: Team, cast: SimpleNamespace
) -> None:
    made = pin(listed, "1", START)
    Pin.objects.filter(pk=made.pk).update(owner=cast.max)
    move(listed, target)

    assert Pin.objects.get(pk=made.pk).owner is None


def test_a_recipe_goes_along_or_goes(listed: Catalog, target: Team, connect: Any) -> None:
    elsewhere = connect("Other", account=1).catalogs.get(kind="images")
    one, two = pin(listed, "1", START), pin(listed, "2", START)
    apart = pin(elsewhere, "1", START, "apart")
    team = listed.connection.team
    for label, package in (("whole", two), ("torn", apart)):
        Recipe.objects.create(
            team=team, label=label, image=one, package=package, billing="packages-payg"
        )
    move(listed, target)

    assert list(Recipe.objects.values_list("label", "team__slug")) == [("whole", "sim")]


def test_the_former_team_gets_nothing_more(
    listed: Catalog, target: Team, outside: Outside, cast: SimpleNamespace
) -> None:
    own = RuleWish("pins", connections=(listed.connection,))
    outside.channel(cast.team, cast.max, RuleWish("pins"), own)
    pin(listed, "1", START)
    ExpectedChange.objects.create(
        team=cast.team, catalog=listed, starts_at=START, ends_at=START + 9 * HOUR, ids=["7"]
    )
    give(listed, items(range(2, 8)), START + HOUR)
    outside.work(START + HOUR)
    move(listed, target)
    outside.work(START + HOUR + MINUTE)

    assert outside.bodies == []
    assert set(Event.objects.values_list("team__slug", flat=True)) == {"sim"}
    assert ExpectedChange.objects.get().team == target
    assert [rule.connections.count() for rule in Rule.objects.filter(all_connections=False)] == [0]
