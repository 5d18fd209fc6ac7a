"""What became of an id, in every list the viewer may see."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from tests.items import give, item, items, package
from xdportal.accounts.access import Viewer
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.fates import Fate, fates
from xdportal.connections.models import Connection

NOW = timezone.now().replace(microsecond=0)
FILLING = items(range(100, 110))  # so that no list is suspect

Connect = Callable[[str], Connection]


@pytest.fixture
def connect(cast: SimpleNamespace) -> Connect:
    def make(name: str) -> Connection:
        return Connection.objects.create(
            team=cast.team, owner=cast.mia, name=name, environment="production", account_id=name
        )

    return make


@pytest.fixture
def viewer(cast: SimpleNamespace) -> Viewer:
    return Viewer(cast.rita)


def list_images(connection: Connection, *days: list[dict[str, Any]]) -> Catalog:
    """Give one list a day; the last one is of now."""
    catalog = connection.catalogs.get(kind="images")
    for number, rows in enumerate(days, 1):
        give(catalog, [*rows, *FILLING], NOW - timedelta(days=len(days) - number))
    return catalog


def only(found: list[Fate]) -> Fate:
    [fate] = found
    return fate


@pytest.mark.parametrize(
    ("days", "grade", "age"),
    [
        ([[item("4005")], [item("4005")]], "fine", 1),
        ([[item("4005")], [item("4005", type="SC")]], "type", 0),
        ([[item("4005")], [item("4005", name="CentOS")]], "system", 0),
        ([[item("4005")], [item("4005", version="22.04")]], "version", 0),
        ([[item("4005")], []], "withdrawn", 0),
        ([[item("4005")], [], [item("4005")]], "fine", 2),
        ([[item("4005")], [item("4005", type="SC")], [item("4005", type="SC")]], "type", 1),
        ([[item("4005"), item("4005", type="SC")]], "ambiguous", 0),
    ],
    ids=["fine", "type", "system", "version", "withdrawn", "back", "since", "twice"],
)
def test_the_last_thing_that_happened_is_named(
    connect: Connect, viewer: Viewer, days: list[Any], grade: str, age: int
) -> None:
    list_images(connect("Main"), *days)

    fate = only(fates(viewer, ["4005"], []))
    assert fate.grade == grade
    assert abs(fate.at - (NOW - timedelta(days=age))) < timedelta(seconds=5)


def test_a_change_says_what_the_id_meant_before(connect: Connect, viewer: Viewer) -> None:
    list_images(connect("Main"), [item("4005", type="BL")], [item("4005", type="SC")])

    fate = only(fates(viewer, ["4005"], []))
    assert fate.before is not None
    assert (fate.before.record[1], fate.now.record[1]) == ("BL", "SC")


def test_a_price_is_no_meaning(connect: Connect, viewer: Viewer) -> None:
    catalog = connect("Main").catalogs.get(kind="packages-payg")
    filling = [package(f"p{number}") for number in range(9)]
    give(catalog, [package("pk", "1.10"), *filling], NOW - timedelta(days=2))
    give(catalog, [package("pk", "1.20"), *filling], NOW - timedelta(days=1))

    fate = only(fates(viewer, [], ["pk"]))
    assert (fate.grade, fate.number, fate.is_image) == ("fine", 1, False)


def test_equal_answers_of_several_lists_are_one(connect: Connect, viewer: Viewer) -> None:
    for name in ("A", "B", "C"):
        list_images(connect(name), [item("4005")])
    list_images(connect("D"), [item("4005", type="SC")])

    found = fates(viewer, ["4005"], [])
    assert [(fate.now.record[1], fate.others) for fate in found] == [("BL", 2), ("SC", 0)]


def test_an_old_list_says_of_when_it_is(connect: Connect, viewer: Viewer) -> None:
    catalog = list_images(connect("Main"), [item("4005")])
    assert only(fates(viewer, ["4005"], [])).old_since is None

    Catalog.objects.filter(pk=catalog.pk).update(last_ok_at=NOW - timedelta(days=2))
    assert only(fates(viewer, ["4005"], [])).old_since == NOW - timedelta(days=2)


def test_they_come_in_the_order_of_the_ids(connect: Connect, viewer: Viewer) -> None:
    list_images(connect("Main"), [item("4005"), item("4006")])

    found = fates(viewer, ["4006", "nothing", "4005"], [])
    assert [fate.item_id for fate in found] == ["4006", "4005"]


def test_lists_of_other_teams_are_not_looked_at(connect: Connect, cast: SimpleNamespace) -> None:
    list_images(connect("Main"), [item("4005")])

    assert fates(Viewer(cast.stefan), ["4005"], []) == []


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_ids_or_lists(
    connect: Connect, viewer: Viewer, django_assert_num_queries: Any, number: int
) -> None:
    ids = ["4005", "4006", "4007"][:number]
    for name in ids:
        list_images(connect(name), items(ids), items(ids, type="SC"))
    with django_assert_num_queries(4):
        found = fates(viewer, ids, ["pk"])

    assert [fate.grade for fate in found] == ["type"] * number


def test_without_ids_nothing_is_asked(viewer: Viewer, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert fates(viewer, [], []) == []
