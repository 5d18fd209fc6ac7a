"""GET /resolve against lists that change, get old or are held."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import Api, fresh
from tests.items import give, item
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


def resolve(api: Api, **query: str) -> Any:
    return api.get("/resolve", query)


@pytest.fixture
def catalog(connect: Callable[..., Connection]) -> Catalog:
    made: Catalog = connect().catalogs.get(kind="images")
    at = timezone.now() - timedelta(minutes=20)
    give(made, [item("1"), item("2", "22.04 x64"), item("3", "9.3 x64", "Rocky Linux")], at)
    return fresh(made)


def test_a_name_and_a_version_give_an_id(api: Api, catalog: Catalog) -> None:
    answer = resolve(api, name="Ubuntu Server", version="22.04 x64").json()

    meaning = {"type": "BL", "name": "Ubuntu Server", "version": "22.04 x64"}
    assert answer["data"] == {"id": "2", **meaning}
    assert answer["rule"] == "exact"
    assert answer["lock"] == {
        "id": "2",
        "kind": "images",
        "environment": "production",
        "meaning": meaning,
        "seen": {"at": answer["meta"]["checked_at"], "snapshot": 1},
        "used": [],
    }


def test_spelling_is_normalised(api: Api, catalog: Catalog) -> None:
    answer = resolve(api, name="rocky linux", version="9.3").json()

    assert (answer["data"]["id"], answer["rule"]) == ("3", "normalised")


def test_several_are_candidates(api: Api, catalog: Catalog) -> None:
    give(catalog, [item("1"), item("2"), item("3", "9.3 x64", "Rocky Linux")], timezone.now())

    answer = resolve(api, name="Ubuntu Server", version="20.04 x64")

    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous")
    assert [one["id"] for one in answer.json()["candidates"]] == ["1", "2"]


def test_an_id_that_is_listed_twice_is_not_given(api: Api, catalog: Catalog) -> None:
    rows = [item("1"), item("2", "22.04 x64"), item("2", "9.3 x64", "Rocky Linux")]
    give(catalog, rows, timezone.now())

    assert resolve(api, name="Ubuntu Server", version="22.04 x64").status_code == 409


def test_what_is_not_listed_names_what_is_near(api: Api, catalog: Catalog) -> None:
    answer = resolve(api, name="Ubuntu Server", version="22.10 x64")

    assert answer.status_code == 404
    assert answer.json()["nearest"][0]["id"] == "2"
    assert answer.json()["last_seen"] is None


def test_what_was_withdrawn_says_when_it_was_last_seen(api: Api, catalog: Catalog) -> None:
    give(catalog, [item("1"), item("3", "9.3 x64", "Rocky Linux")], timezone.now())

    answer = resolve(api, name="ubuntu server", version="22.04").json()

    assert (answer["last_seen"]["id"], answer["last_seen"]["snapshot"]) == ("2", 1)


def test_a_former_list_is_asked_as_of_its_time(api: Api, catalog: Catalog) -> None:
    give(catalog, [item("1"), item("3", "9.3 x64", "Rocky Linux")], timezone.now())
    asked = {"name": "Ubuntu Server", "version": "22.04 x64"}

    assert resolve(api, **asked, as_of="1").json()["data"]["id"] == "2"
    assert resolve(api, **asked, as_of="2").status_code == 404
    assert resolve(api, **asked, as_of="2020-01-01").status_code == 404


def test_a_former_answer_never_changes(api: Api, catalog: Catalog, pin: None) -> None:
    asked = [
        {"name": "Ubuntu Server", "version": "22.04 x64", "as_of": "1"},
        {"name": "Debian", "version": "12", "as_of": "1"},
        {"pin": "base", "as_of": (timezone.now() - timedelta(minutes=1)).isoformat()},
    ]
    before = [resolve(api, **query) for query in asked]
    give(catalog, [item("1"), item("3", "9.3 x64"), item("4", "12", "Debian")], _ago(30))
    give(catalog, [item("1"), item("3", "9.3 x64")], _ago(0))
    Catalog.objects.update(last_ok_at=timezone.now() - timedelta(days=1))

    after = [resolve(api, **query) for query in asked]

    assert [answer.status_code for answer in after] == [200, 404, 200]
    assert [_without_request(answer) for answer in after] == [
        _without_request(answer) for answer in before
    ]
    assert [answer.headers.get("ETag") for answer in after] == [
        answer.headers.get("ETag") for answer in before
    ]


def _ago(seconds: int) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def _without_request(answer: Any) -> Any:
    return {name: part for name, part in answer.json().items() if name != "request_id"}


@pytest.mark.parametrize("trouble", ["stale", "held", "paused"])
def test_what_is_unknown_is_not_answered(api: Api, catalog: Catalog, trouble: str) -> None:
    asked = {"name": "Ubuntu Server", "version": "22.04 x64"}
    if trouble == "stale":
        Catalog.objects.update(last_ok_at=timezone.now() - timedelta(days=1))
    elif trouble == "held":
        give(catalog, [], timezone.now())
    else:
        catalog.connection.pause("by_user")

    answer = resolve(api, **asked)

    assert (answer.status_code, answer.json()["code"]) == (503, "unknown")
    assert int(answer.headers["Retry-After"]) > 0
    marked = resolve(api, **asked, allow_stale="1").json()
    assert marked["data"]["id"] == "2"
    assert marked["meta"]["stale"] or marked["meta"]["held"]


def test_a_list_that_was_never_read_is_unknown_whatever_is_allowed(
    api: Api, connect: Callable[..., Connection]
) -> None:
    connect()

    assert resolve(api, name="x", version="1", allow_stale="1").status_code == 503


def test_two_connections_of_an_environment_need_a_name(
    api: Api, catalog: Catalog, connect: Callable[..., Connection]
) -> None:
    other = connect("Other", account=1)
    connect("Lab", "sandbox")
    asked = {"name": "Ubuntu Server", "version": "22.04 x64"}

    answer = resolve(api, **asked, environment="production")

    assert (answer.status_code, answer.json()["code"]) == (409, "which_connection")
    assert answer.json()["candidates"] == sorted([catalog.slug, other.slug])
    found = resolve(api, **asked, connection=catalog.slug).json()
    assert (found["data"]["id"], found["lock"]["connection"]) == ("2", catalog.slug)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"name": "x"},
        {"version": "x"},
        {"name": "", "version": "1"},
        {"name": "x", "version": "1", "environment": "test"},
        {"pin": "a", "name": "x"},
        {"name": "x", "version": "1", "allow_stale": "yes"},
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, catalog: Catalog, query: dict[str, str]) -> None:
    assert resolve(api, **query).status_code == 422


@pytest.fixture
def pin(catalog: Catalog, cast: Any) -> None:
    actor = Actor(cast.mia, timezone.now() - timedelta(minutes=5))
    actions.create(Wish(catalog=catalog, item_id="2", name="base"), actor)


def test_a_pin_gives_its_id(api: Api, catalog: Catalog, pin: None) -> None:
    answer = resolve(api, pin="base").json()

    assert (answer["data"]["id"], answer["rule"]) == ("2", "pin")


def test_a_pin_whose_id_is_gone_gives_none(api: Api, catalog: Catalog, pin: None) -> None:
    give(catalog, [item("1"), item("3", "9.3 x64", "Rocky Linux")], timezone.now())

    answer = resolve(api, pin="base")

    assert answer.status_code == 404
    assert answer.json()["last_seen"]["id"] == "2"
    assert [one["id"] for one in answer.json()["nearest"]] == ["1"]


def test_a_pin_that_means_something_else_gives_none(api: Api, catalog: Catalog, pin: None) -> None:
    rows = [item("1"), item("2", "9.3 x64", "Rocky Linux"), item("3", "9.3 x64", "Rocky Linux")]
    give(catalog, rows, timezone.now())

    assert resolve(api, pin="base").status_code == 409


def test_a_pin_of_an_unknown_list_is_unknown(api: Api, catalog: Catalog, pin: None) -> None:
    catalog.connection.pause("by_user")

    assert resolve(api, pin="base").status_code == 503
    assert resolve(api, pin="base", allow_stale="1").json()["meta"]["stale"] is True


def test_a_pin_that_does_not_exist_is_nowhere(api: Api, catalog: Catalog) -> None:
    assert resolve(api, pin="nothing").status_code == 404
