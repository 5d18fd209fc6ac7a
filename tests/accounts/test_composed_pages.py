"""What every page asks by a composed query is what the ORM finds for the viewer."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.items import START, give, items
from tests.lib.test_composed import facts
from xdportal.accounts import teams
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts import reading
from xdportal.alerts.models import ReadMark
from xdportal.catalog import navigation
from xdportal.catalog.history import checks
from xdportal.catalog.models import Catalog, SavedFilter
from xdportal.catalog.pages import saved
from xdportal.connections.models import DefaultConnection

PEOPLE = ["olga", "rita", "stefan", "ada"]


def same(composed: list[Any], plain: Any) -> bool:
    return list(map(facts, composed)) == list(map(facts, plain))


@pytest.mark.parametrize("person", PEOPLE)
def test_own_teams(cast: SimpleNamespace, person: str) -> None:
    viewer = Viewer(getattr(cast, person))

    assert same(teams.OWN.rows(viewer), teams._own(viewer))
    assert (cast.team in teams.OWN.rows(viewer)) == (person in ("olga", "rita"))


@pytest.mark.parametrize("person", PEOPLE)
def test_lists_of_the_side_bar(cast: SimpleNamespace, catalog: Catalog, person: str) -> None:
    give(catalog, items("ab"), START)
    DefaultConnection.choose(cast.olga, catalog.connection)
    viewer = Viewer(getattr(cast, person))
    for team in (catalog.connection.team, Team.objects.personal(cast.stefan)):
        found = navigation.OF_TEAM.rows(viewer, shown=team.pk)

        assert same(found, navigation._of_team(viewer, team.pk))


@pytest.mark.parametrize("person", PEOPLE)
def test_saved_filters(cast: SimpleNamespace, catalog: Catalog, person: str) -> None:
    for owner, name, is_shared in (
        (cast.olga, "own", False),
        (cast.olga, "shared", True),
        (cast.rita, "hers", False),
    ):
        SavedFilter.objects.create(
            team=cast.team, owner=owner, kind="images", name=name, query="q=1", is_shared=is_shared
        )
    viewer = Viewer(getattr(cast, person))
    for kind in ("images", "personal"):
        found = saved.OF_LIST.rows(viewer, of_team=cast.team.pk, kind=kind)

        assert same(found, saved._of_list(viewer, cast.team.pk, kind))


def test_last_checks(catalog: Catalog) -> None:
    for count in (3, 4, 5):
        give(catalog, items(range(count)), START + timedelta(hours=count))
    other = catalog.connection.catalogs.exclude(pk=catalog.pk)[0]
    for most in (2, 48):
        assert same(checks.LAST.rows(most, catalog=catalog.pk), checks._last(most, catalog.pk))
    assert len(checks.LAST.rows(2, catalog=catalog.pk)) == 2
    assert checks.LAST.rows(48, catalog=other.pk) == []


def test_what_was_read(cast: SimpleNamespace) -> None:
    mark = ReadMark.objects.create(user=cast.olga, team=cast.team, event_id=7, singly=[9, 11])

    assert reading.MARKS.rows(user=cast.olga.pk, team=cast.team.pk) == [mark]
    assert reading.of(cast.olga, cast.team) == reading.Read(7, frozenset({9, 11}))
    assert reading.of(cast.rita, cast.team) == reading.Read()
