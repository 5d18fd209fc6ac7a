"""What a viewer sees by a composed query is what `visible_to` says."""

from types import SimpleNamespace

import pytest

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.models import Team, User
from xdportal.api.places import SEEN
from xdportal.catalog.access import OF_ONE_KIND
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

LOOK = frozenset({Right.LOOK})


@pytest.fixture
def connections(cast: SimpleNamespace) -> list[Connection]:
    """Return one connection of the team, and one of a person's own."""
    teams = (cast.team, cast.team, Team.objects.personal(cast.mia))
    return [
        Connection.objects.create(
            team=team, owner=cast.mia, name=f"C{n}", environment="production", account_id=f"A{n}"
        )
        for n, team in enumerate(teams)
    ]


@pytest.mark.parametrize("person", ["olga", "max", "mia", "rita", "stefan", "ada"])
@pytest.mark.parametrize("ceiling", [frozenset(Right), LOOK, frozenset()])
@pytest.mark.parametrize("of_team", [False, True])
def test_rows_and_rights_are_those_of_the_viewer(
    cast: SimpleNamespace,
    connections: list[Connection],
    person: str,
    ceiling: frozenset[Right],
    of_team: bool,
) -> None:
    viewer = Viewer(getattr(cast, person), cast.team if of_team else None, ceiling)

    assert seen(viewer) == plainly_seen(viewer)


def test_each_has_its_own_team(cast: SimpleNamespace, connections: list[Connection]) -> None:
    own = Team.objects.personal(cast.mia)
    of_team, of_own = (Viewer(cast.mia, team) for team in (cast.team, own))

    assert {slug for slug, *_ in seen(of_team)} == {one.slug for one in connections[:2]}
    assert {slug for slug, *_ in seen(of_own)} == {connections[2].slug}
    assert seen(Viewer(cast.stefan, cast.team)) == []


def test_a_confined_and_an_anonymous_viewer(
    cast: SimpleNamespace, connections: list[Connection]
) -> None:
    confined = Viewer(cast.mia, cast.team, connections=frozenset({connections[1].uuid}))

    assert {slug for slug, *_ in seen(confined)} == {connections[1].slug}
    assert seen(confined) == plainly_seen(confined)
    assert seen(Viewer(User())) == []


def test_one_list_by_its_connection_and_kind(
    cast: SimpleNamespace, connections: list[Connection]
) -> None:
    viewer = Viewer(cast.rita)
    found = OF_ONE_KIND.rows(viewer, slug=connections[0].slug, kind="personal")

    assert found == [connections[0].catalogs.get(kind="personal")]
    assert OF_ONE_KIND.rows(viewer, slug=connections[2].slug, kind="personal") == []


def seen(viewer: Viewer) -> list[tuple[str, str, list[Right]]]:
    return facts(SEEN.rows(viewer))


def plainly_seen(viewer: Viewer) -> list[tuple[str, str, list[Right]]]:
    return facts(list(Catalog.objects.visible_to(viewer)))


def facts(catalogs: list[Catalog]) -> list[tuple[str, str, list[Right]]]:
    return sorted(
        (one.slug, one.kind, [right for right in Right if allows(one, right)]) for one in catalogs
    )
