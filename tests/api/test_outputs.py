"""Pins for Terraform, Ansible, shells and Renovate; events; pairs."""

import io
import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import hcl2
import pytest
import yaml
from django.utils import timezone

from tests.api.conftest import Api, fresh
from tests.items import give, item, package
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.api import output_formats
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

PINS = {"maya-base": "1", "渲染机": "2", "12 nodes": "0x1F", "a b": "it's", "A.B": '"$HOME"'}


@pytest.fixture
def catalog(connect: Callable[..., Connection], cast: Any) -> Catalog:
    made: Catalog = connect().catalogs.get(kind="images")
    give(made, [item("1"), item("2", "22.04 x64")], timezone.now() - timedelta(minutes=20))
    actor = Actor(cast.mia, timezone.now() - timedelta(minutes=10))
    for name, item_id in (("maya-base", "1"), ("渲染机", "2")):
        actions.create(Wish(fresh(made), item_id, name, sources=[f"in {name}"]), actor)
    return fresh(made)


def test_terraform_reads_names_and_ids(api: Api, catalog: Catalog) -> None:
    answer = api.get("/outputs/terraform.tfvars.json")

    assert answer.json() == {"maya-base": "1", "渲染机": "2"}
    document = f"pins = {answer.content.decode()}"
    assert hcl2.load(io.StringIO(document))["pins"]


def test_the_external_data_source_gets_texts_alone(api: Api, catalog: Catalog) -> None:
    values = api.get("/outputs/terraform-external.json").json().values()

    assert {type(value) for value in values} == {str}


def test_ansible_reads_texts(api: Api, catalog: Catalog) -> None:
    answer = api.get("/outputs/ansible.yml")

    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert yaml.safe_load(answer.content) == {"maya-base": "1", "渲染机": "2"}


def test_yaml_keeps_every_text(api: Api) -> None:
    assert yaml.safe_load(output_formats.as_yaml(PINS)) == PINS
    assert yaml.safe_load(output_formats.as_yaml({})) == {}


def test_a_shell_reads_every_text() -> None:
    text = output_formats.as_env(PINS)
    script = text + "env -0 | sort -z"
    ran = subprocess.run(["sh", "-ac", script], capture_output=True, check=True, env={})
    pairs = [entry.partition("=") for entry in ran.stdout.decode().split("\0")]
    found = {name: value for name, _equals, value in pairs if name not in ("", "PWD", "_", "SHLVL")}

    assert sorted(found.values()) == sorted(PINS.values())
    assert found["MAYA_BASE"] == "1"
    assert found["PIN_12_NODES"] == "0x1F"
    assert len([name for name in found if name.startswith("A_B_")]) == 2


def test_outputs_are_the_same_for_the_same_state(api: Api, catalog: Catalog) -> None:
    for path in ("terraform.tfvars.json", "terraform-external.json", "ansible.yml", "pins.env"):
        answers = [api.get(f"/outputs/{path}") for _number in range(2)]
        assert answers[0].content == answers[1].content
        assert answers[0].headers["ETag"] == answers[1].headers["ETag"]


def test_pins_of_one_source(api: Api, catalog: Catalog) -> None:
    assert api.get("/outputs/pins.env", {"source": "in maya-base"}).content == b"MAYA_BASE=1\n"


def test_while_a_pin_is_unknown_nothing_is_put_out(api: Api, catalog: Catalog) -> None:
    catalog.connection.pause("by_user")

    answer = api.get("/outputs/pins.env")

    assert (answer.status_code, answer.json()["code"]) == (503, "unknown")
    assert int(answer.headers["Retry-After"]) > 0
    assert api.get("/outputs/pins.env", {"allow_unknown": "1"}).status_code == 200


def test_former_pins(api: Api, catalog: Catalog) -> None:
    before = timezone.now().isoformat()
    api.post("/pins/maya-base/repin", {"id": "2"})

    assert api.get("/outputs/terraform.tfvars.json").json()["maya-base"] == "2"
    former = api.get("/outputs/terraform.tfvars.json", {"as_of": before}).json()
    assert former["maya-base"] == "1"


def test_pins_before_the_first_list_are_nowhere(
    api: Api, api_of: Callable[..., Api], catalog: Catalog, connect: Callable[..., Connection]
) -> None:
    confined = api_of(connections=[connect("Lab", "sandbox").uuid])
    before = (timezone.now() - timedelta(minutes=15)).isoformat()  # listed, but not pinned yet
    path = "/outputs/terraform.tfvars.json"

    assert api.get(path, {"as_of": before}).json() == {}
    assert api.data("/pins", {"as_of": before}) == []
    assert confined.get(path, {"as_of": before}).status_code == 404
    for asked in (path, "/pins"):
        assert api.get(asked, {"as_of": "2020-01-01"}).status_code == 404
        assert api.get(asked, {"as_of": "2999-01-01"}).status_code == 422


def test_renovate_sees_a_revision_only_when_a_person_moves_the_pin(
    api: Api, catalog: Catalog
) -> None:
    give(catalog, [item("1", "20.04 x64"), item("2", "24.04 x64")], timezone.now())
    before = api.get("/renovate/maya-base").json()["releases"]
    api.post("/pins/maya-base/repin", {"id": "2"})

    after = api.get("/renovate/maya-base").json()["releases"]

    assert [(one["version"], one["digest"], one["isDeprecated"]) for one in before] == [
        ("1", "1", False)
    ]
    assert [(one["version"], one["digest"], one["isDeprecated"]) for one in after] == [
        ("1", "1", True),
        ("2", "2", False),
    ]


def test_renovate_does_not_hear_of_what_is_unknown(api: Api, catalog: Catalog) -> None:
    catalog.connection.pause("by_user")

    assert api.get("/renovate/maya-base").status_code == 503


def test_events_are_listed_newest_first(api: Api, catalog: Catalog) -> None:
    give(catalog, [item("1"), item("2", "24.04 x64")], timezone.now())
    give(catalog, [], timezone.now())

    rows = api.walk("/events", {"limit": "1"})

    first = "catalog.changed"  # the first list
    assert [row["type"] for row in rows] == ["catalog.held", "catalog.changed", first]
    assert rows[1]["data"]["snapshot"] == 2
    assert rows[1]["id"].startswith("urn:uuid:")
    assert rows[1]["connection"]["slug"] == catalog.slug
    assert rows[1]["sentence"] != ""


def test_events_of_a_type_and_since_a_time(api: Api, catalog: Catalog) -> None:
    give(catalog, [item("1"), item("2", "24.04 x64")], timezone.now())
    later = (timezone.now() + timedelta(seconds=5)).isoformat()

    assert len(api.data("/events", {"type": "catalog"})) == 2
    assert api.data("/events", {"type": "pin.withdrawn"}) == []
    assert api.data("/events", {"since": later}) == []
    assert api.get("/events", {"type": "nothing"}).status_code == 422


def test_images_with_the_packages_that_fit(api: Api, connection: Connection) -> None:
    answer = api.get(f"/connections/{connection.slug}/pairs", {"version": "20.04 x64"})

    (pair,) = answer.json()["data"]
    assert pair["id"] == "4034"
    assert [(one["id"], one["list"], one["price"]) for one in pair["packages"]] == [
        ("p1", "payg", "1.1"),
        ("p1", "rental", "0.9"),
    ]
    assert len(answer.json()["meta"]["catalogs"]) == 3


def test_pairs_are_walked(api: Api, connection: Connection) -> None:
    rows = api.walk(f"/connections/{connection.slug}/pairs", {"limit": "1"})

    assert [row["id"] for row in rows] == ["4034", "4044"]
    assert json.dumps(rows[1]["packages"]) == json.dumps(rows[0]["packages"])


def test_a_walk_through_pairs_stays_with_the_lists_it_began_with(
    api: Api, connection: Connection
) -> None:
    path = f"/connections/{connection.slug}/pairs"
    whole = api.data(path)
    first = api.get(path, {"limit": "1"}).json()
    now = timezone.now()
    give(connection.catalogs.get(kind="images"), [item("4034"), item("5000")], now)
    give(connection.catalogs.get(kind="packages-payg"), [package("p1"), package("p9", "0.1")], now)
    give(connection.catalogs.get(kind="packages-rental"), [package("p1", "0.7")], now)

    second = api.get(first["next"]).json()

    assert first["data"] + second["data"] == whole
    assert second["next"] is None
    assert [one["snapshot"] for one in second["meta"]["catalogs"]] == [1, 1, 1]
    assert [one["id"] for one in api.data(path)] == ["4034", "5000"]
