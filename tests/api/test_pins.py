"""Pins by the API: what they are, and what can be done to them."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jsonschema import Draft202012Validator

from tests.api.conftest import Api, fresh
from tests.items import give, item, package
from xdportal.accounts.models import AuditEntry, Membership, Team
from xdportal.alerts.models import Pin
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.api import specification
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

UBUNTU = {"type": "BL", "name": "Ubuntu Server", "version": "20.04 x64"}


@pytest.fixture
def catalog(connect: Callable[..., Connection]) -> Catalog:
    made: Catalog = connect().catalogs.get(kind="images")
    give(made, [item("1"), item("2", "22.04 x64")], timezone.now() - timedelta(minutes=20))
    return fresh(made)


def make(api: Api, **body: Any) -> Any:
    answer = api.post("/pins", {"id": "1", "environment": "production", **body})
    assert answer.status_code == 201, answer.content
    return answer


def test_an_id_is_pinned_with_its_present_meaning(api: Api, catalog: Catalog) -> None:
    answer = make(api, name="base", note="farm", sources=["infra main.tf:3"])

    data = answer.json()["data"]
    assert (data["name"], data["id"], data["revision"]) == ("base", "1", 1)
    assert (data["state"], data["level"]) == ("ok", None)
    assert (data["meaning"], data["now"]) == (UBUNTU, UBUNTU)
    assert (data["note"], data["sources"]) == ("farm", ["infra main.tf:3"])
    assert answer.headers["Location"].endswith("/api/v1/pins/base")
    assert api.data("/pins/base") == data
    assert api.data(f"/pins/{data['uuid']}") == data


@pytest.mark.parametrize("ceiling", ["1.5", 1.5, 2])
def test_a_price_limit_is_a_number_or_its_text(api: Api, catalog: Catalog, ceiling: Any) -> None:
    described = specification.document()["components"]["schemas"]["NewPin"]["properties"]

    assert make(api, ceiling=ceiling).json()["data"]["ceiling"] == str(ceiling)
    assert Draft202012Validator(described["ceiling"]).is_valid(ceiling)


def test_an_id_that_was_never_listed_is_accepted(api: Api, catalog: Catalog) -> None:
    assert make(api, id="99").json()["data"]["state"] == "never_listed"


def test_an_id_gives_no_name_that_is_an_address(api: Api, catalog: Catalog) -> None:
    answer = make(api, id="bulk")

    assert api.data("/pins/id-bulk") == answer.json()["data"]


def test_a_number_is_an_id(api: Api, catalog: Catalog) -> None:
    assert make(api, id=2).json()["data"]["id"] == "2"


def test_a_name_is_the_teams_once(api: Api, catalog: Catalog) -> None:
    make(api, name="base")

    answer = api.post("/pins", {"id": "2", "name": "base", "environment": "production"})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "1", "name": "a/b"}, "name"),
        ({"id": "1", "name": "bulk"}, "name"),
        ({"id": "1", "name": "0f6c2a9e-0000-4000-8000-000000000000"}, "name"),
        ({"id": "1", "meaning": {"gpu": "x"}}, "meaning"),
        ({"id": "1", "ceiling": "NaN"}, "ceiling"),
        ({"id": "1", "ceiling": -1}, "ceiling"),
        ({"id": "1", "ceiling": "1e30"}, "ceiling"),
        ({"id": "1", "ceiling": "0.123456789"}, "ceiling"),
        ({"id": "1", "sources": [""]}, "sources.0"),
        ({"id": "1", "more": 1}, "more"),
        ({"name": "x"}, "id"),
    ],
)
def test_what_makes_no_sense_is_refused(
    api: Api, catalog: Catalog, body: dict[str, Any], field: str
) -> None:
    answer = api.post("/pins", {"environment": "production", **body})

    assert answer.status_code == 422, answer.content
    assert [error["field"].replace("[...]", "") for error in answer.json()["errors"]] in (
        [field],
        [field.partition(".")[0]],
    )
    assert Pin.objects.count() == 0


def test_pins_are_walked_by_name(api: Api, catalog: Catalog) -> None:
    for name in ("c", "a", "b"):
        make(api, name=name)

    assert [row["name"] for row in api.walk("/pins", {"limit": "1"})] == ["a", "b", "c"]


def test_a_walk_through_two_teams_leaves_out_no_namesake(
    catalog: Catalog, cast: SimpleNamespace, sign_in: Callable[..., Client]
) -> None:
    others = Team.objects.create(name="Other", slug="other")
    Membership.objects.create(team=others, user=cast.mia, role="member")
    theirs = Connection.objects.create(
        team=others, owner=cast.mia, name="Theirs", environment="sandbox"
    )
    actor = Actor(cast.mia, timezone.now())
    for images in (catalog, theirs.catalogs.get(kind="images")):
        actions.create(Wish(catalog=images, item_id="1", name="base"), actor)
    browser = Api(None)
    browser.client = sign_in(cast.mia)

    connections = [row["connection"] for row in browser.walk("/pins", {"limit": "1"})]

    assert connections == [catalog.slug, theirs.slug]


def test_pins_of_a_source(api: Api, catalog: Catalog) -> None:
    make(api, name="a", sources=["infra"])
    make(api, name="b", sources=["jobs"])

    assert [row["name"] for row in api.data("/pins", {"source": "jobs"})] == ["b"]


def test_a_key_for_ci_reads_pins_and_writes_none(
    api_of: Callable[..., Api], api: Api, catalog: Catalog
) -> None:
    make(api, name="base")
    reading = api_of(scopes=["check"])

    assert reading.data("/pins/base")["id"] == "1"
    assert reading.post("/pins", {"id": "2", "environment": "production"}).status_code == 403
    assert reading.send("delete", "/pins/base").status_code == 403


def test_a_pin_is_changed(api: Api, catalog: Catalog) -> None:
    make(api, name="base", sources=["a"])

    answer = api.send("patch", "/pins/base", {"name": "new", "sources": ["b"], "exact": True})

    data = answer.json()["data"]
    assert (data["name"], data["sources"], data["exact"]) == ("new", ["b"], True)
    assert api.get("/pins/base").status_code == 404


def test_a_change_does_not_take_a_name(api: Api, catalog: Catalog) -> None:
    make(api, name="a")
    make(api, name="b")

    assert api.send("patch", "/pins/a", {"name": "b"}).status_code == 409


def test_a_pin_is_moved(api: Api, catalog: Catalog) -> None:
    make(api, name="base")
    before = timezone.now().isoformat()

    data = api.post("/pins/base/repin", {"id": "2"}).json()["data"]

    assert (data["id"], data["revision"]) == ("2", 2)
    former = api.data("/pins/base", {"as_of": before})
    assert (former["id"], former["revision"]) == ("1", 1)


def test_the_present_meaning_is_accepted(api: Api, catalog: Catalog) -> None:
    make(api, name="base")
    give(catalog, [item("1", type="ceph"), item("2", "22.04 x64")], timezone.now())
    broken = api.data("/pins/base")

    data = api.send("post", "/pins/base/repin").json()["data"]

    assert (broken["state"], broken["level"]) == ("meaning_changed", "critical")
    assert (data["state"], data["id"], data["revision"]) == ("ok", "1", 2)


def test_a_broken_pin_has_successors(api: Api, catalog: Catalog) -> None:
    make(api, name="base")
    give(catalog, [item("2", "22.04 x64"), item("3")], timezone.now())

    data = api.data("/pins/base")

    assert (data["state"], data["now"]) == ("withdrawn", None)
    assert [one["id"] for one in data["successors"]] == ["3", "2"]


def test_a_state_is_acknowledged(api: Api, catalog: Catalog) -> None:
    make(api, name="base")
    give(catalog, [item("2", "22.04 x64"), item("3")], timezone.now())

    data = api.post("/pins/base/acknowledge", {"note": "known"}).json()["data"]

    assert (data["acknowledged"]["by"], data["acknowledged"]["note"]) == ("mia", "known")


def test_a_pin_is_muted_and_speaks_again(api: Api, catalog: Catalog) -> None:
    make(api, name="base")
    until = (timezone.now() + timedelta(days=3)).isoformat()

    muted = api.post("/pins/base/mute", {"until": until, "reason": "moving"}).json()["data"]
    again = api.send("delete", "/pins/base/mute").json()["data"]

    assert muted["muted"]["reason"] == "moving"
    assert again["muted"] is None


def test_a_mute_that_is_over_is_none(api: Api, catalog: Catalog) -> None:
    make(api, name="base")
    Pin.objects.update(muted_until=timezone.now() - timedelta(seconds=1), mute_reason="moving")

    assert api.data("/pins/base")["muted"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"until": "2999-01-01"},
        {"reason": "x"},
        {"until": "2000-01-01", "reason": "x"},
        {"until": "soon", "reason": "x"},
        {"until": "9999-12-31T23:59:59Z", "reason": "x"},
        {"until": "2999-01-01", "reason": ""},
    ],
)
def test_a_mute_needs_a_time_to_come_and_a_reason(
    api: Api, catalog: Catalog, body: dict[str, str]
) -> None:
    make(api, name="base")

    assert api.post("/pins/base/mute", body).status_code == 422


def test_a_pin_is_removed(api: Api, catalog: Catalog) -> None:
    make(api, name="base")

    answer = api.send("delete", "/pins/base")

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("/pins/base").status_code == 404
    assert AuditEntry.objects.filter(kind="unpinned").count() == 1


def declare(api: Api, *pins: dict[str, Any], source: str = "infra") -> Any:
    entries = [{"environment": "production", **pin} for pin in pins]
    answer = api.send("put", "/pins/bulk", {"source": source, "pins": entries})
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_a_source_declares_its_pins(api: Api, catalog: Catalog) -> None:
    first = declare(api, {"name": "a", "id": "1"}, {"name": "b", "id": "2"})
    again = declare(api, {"name": "a", "id": "1"}, {"name": "b", "id": "2"})
    later = declare(api, {"name": "a", "id": "2"}, {"name": "c", "id": "99"})

    empty: list[str] = []
    assert first == {"added": ["a", "b"], "removed": empty, "changed": empty, "unchanged": empty}
    assert again["unchanged"] == ["a", "b"]
    assert later == {"added": ["c"], "removed": ["b"], "changed": ["a"], "unchanged": empty}
    assert declare(api)["removed"] == ["a", "c"]


def test_a_confined_key_leaves_pins_of_other_connections_alone(
    api: Api,
    api_of: Callable[..., Api],
    catalog: Catalog,
    connect: Callable[..., Connection],
) -> None:
    lab = connect("Lab", "sandbox")
    declare(api, {"name": "a", "id": "1"})
    confined = api_of(connections=[lab.uuid])

    assert declare(confined)["removed"] == []
    assert confined.get("/pins/a").status_code == 404
    assert Pin.objects.get().sources.count() == 1


def test_as_many_queries_for_three_pins_as_for_one(api: Api, catalog: Catalog) -> None:
    counts = []
    for name in ("a", "b", "c"):
        make(api, name=name)
        with CaptureQueriesContext(database) as queries:
            api.data("/pins")
        counts.append(len(queries))

    assert counts == [counts[0]] * 3


@pytest.fixture
def recipe(api: Api, connect: Callable[..., Connection]) -> Any:
    made = connect(kinds=["images", "packages-payg"])
    give(made.catalogs.get(kind="images"), [item("1")], timezone.now())
    give(made.catalogs.get(kind="packages-payg"), [package("p")], timezone.now())
    where = {"connection": made.slug}
    api.post("/pins", {"name": "image", "id": "1", **where})
    api.post("/pins", {"name": "gpu", "id": "p", "kind": "packages-payg", **where})
    body = {"label": "farm", "image": "image", "package": "gpu", "billing": "payg"}
    return api.post("/recipes", body)


def test_a_recipe_joins_two_pins(api: Api, recipe: Any) -> None:
    assert recipe.status_code == 201
    data = recipe.json()["data"]
    assert (data["label"], data["image"], data["package"]) == ("farm", "image", "gpu")
    assert (data["state"], data["billing"]) == ("ok", "packages-payg")
    assert api.data("/recipes") == [data]
    assert api.data("/recipes/farm") == data
    assert api.send("delete", "/recipes/farm").status_code == 204
    assert api.data("/recipes") == []


def test_a_recipe_of_a_name_is_there_once(api: Api, recipe: Any) -> None:
    body = {"label": "farm", "image": "image", "package": "gpu", "billing": "payg"}

    assert api.post("/recipes", body).status_code == 409


@pytest.mark.parametrize(("image", "package"), [("gpu", "gpu"), ("image", "image")])
def test_the_parts_of_a_recipe_are_an_image_and_a_package(
    api: Api, recipe: Any, image: str, package: str
) -> None:
    body = {"image": image, "package": package, "billing": "payg"}

    assert api.post("/recipes", body).status_code == 422
