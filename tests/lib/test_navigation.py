"""The registry of what rooms add around each other's pages."""

from typing import Any

import pytest
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _

from xdportal.lib import navigation
from xdportal.lib.navigation import Count, Entry, Filled, Group, Navigation, Part, Place


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_entries", [])
    monkeypatch.setattr(navigation, "_parts", [])


def entry(view: str, **fields: Any) -> Entry:
    values = {"group": Group.TEAM, "label": _("Dashboard"), "order": 0, **fields}
    return Entry(view=view, **values)


def at(path: str) -> Navigation:
    return Navigation(RequestFactory().get(path))


def test_links_are_in_their_groups_and_in_order() -> None:
    navigation.add(entry("profile", order=2), entry("dashboard", order=1))
    navigation.add(entry("error-codes", group=Group.REFERENCE))

    assert [link.url for link in at("/").team] == ["/", "/settings/profile/"]
    assert [link.url for link in at("/").reference] == ["/errors/"]
    assert at("/").settings == []
    assert at("/").search is None


def test_an_address_that_does_not_exist_yet_is_left_out() -> None:
    navigation.add(entry("not-built-yet"), entry("dashboard"))

    assert [link.url for link in at("/").team] == ["/"]


def test_what_the_viewer_may_not_see_is_left_out() -> None:
    navigation.add(entry("dashboard", may=lambda request: request.path == "/errors/"))

    assert at("/").team == []
    assert len(at("/errors/").team) == 1


def test_pages_below_an_entry_are_it_but_for_an_exact_one() -> None:
    navigation.add(entry("error-codes", also=("profile",)), entry("dashboard", is_exact=True))

    def current(path: str) -> list[bool]:
        return [link.is_current for link in at(path).team]

    assert current("/errors/220018/") == [True, False]
    assert current("/settings/profile/") == [True, False]
    assert current("/") == [False, True]


def test_a_link_carries_its_query_and_its_count() -> None:
    count = Count(3, "broken", is_hot=True)
    navigation.add(entry("dashboard", query=lambda request: "?team=a", count=lambda request: count))
    [link] = at("/").team

    assert (link.url, link.count) == ("/?team=a", count)


def test_a_part_without_data_is_left_out() -> None:
    navigation.add(
        Part(place=Place.NOTICE, template="b.html", data=lambda request: "late", order=2),
        Part(place=Place.NOTICE, template="a.html", data=lambda request: request.path, order=1),
        Part(place=Place.NOTICE, template="c.html", data=lambda request: None),
        Part(place=Place.SIDE, template="d.html", data=lambda request: ""),
    )

    assert at("/x").notices == [Filled("a.html", "/x"), Filled("b.html", "late")]
    assert at("/x").side == [Filled("d.html", "")]
    assert at("/x").top == at("/x").keys == []
