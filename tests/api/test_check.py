"""POST /check: do ids still mean what they meant."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.conftest import Api, fresh
from tests.items import give, item, package
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

UBUNTU = {"type": "BL", "name": "Ubuntu Server", "version": "20.04 x64"}
XSD = Path(__file__).resolve().parents[1] / "cli/junit.xsd"


def check(api: Api, *pins: dict[str, Any], **more: Any) -> Any:
    answer = api.post("/check", {"pins": list(pins), **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def state(api: Api, **pin: Any) -> tuple[str, str | None]:
    (row,) = check(api, pin)["pins"]
    return row["state"], row["level"]


@pytest.fixture
def catalog(connect: Callable[..., Connection]) -> Catalog:
    made: Catalog = connect().catalogs.get(kind="images")
    give(made, [item("1"), item("2", "22.04 x64")], timezone.now() - timedelta(minutes=20))
    return fresh(made)


def test_an_id_with_its_meaning_is_ok(api: Api, catalog: Catalog) -> None:
    answer = check(api, {"id": "1", "meaning": UBUNTU})

    assert answer["verdict"] == "ok"
    (row,) = answer["pins"]
    assert (row["state"], row["level"], row["was"], row["now"]) == ("ok", None, UBUNTU, UBUNTU)
    assert row["url"].endswith(f"/c/{catalog.slug}/images/1/")
    assert [(one["connection"], one["snapshot"]) for one in answer["catalogs"]] == [
        (catalog.slug, 1)
    ]


def test_without_a_meaning_being_listed_is_all(api: Api, catalog: Catalog) -> None:
    give(catalog, [item("1", "9.3 x64", "Rocky Linux"), item("2")], timezone.now())

    assert state(api, id="1") == ("ok", None)


def test_a_number_is_an_id_like_its_text(api: Api, catalog: Catalog) -> None:
    assert state(api, id=1, meaning=UBUNTU) == ("ok", None)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (item("1", "9.3 x64", "Rocky Linux"), ("meaning_changed", "critical")),
        (item("1", type="ceph"), ("meaning_changed", "critical")),
        (item("1", "24.04 x64"), ("meaning_changed", "warning")),
        (item("1", "20.04 X86_64"), ("renamed", "warning")),
    ],
)
def test_another_meaning_is_said(
    api: Api, catalog: Catalog, changed: dict[str, Any], expected: tuple[str, str]
) -> None:
    give(catalog, [changed, item("2", "22.04 x64")], timezone.now())

    assert state(api, id="1", meaning=UBUNTU) == expected


def test_a_withdrawn_id_has_successors(api: Api, catalog: Catalog) -> None:
    give(catalog, [item("2", "22.04 x64"), item("3")], timezone.now())

    answer = check(api, {"id": "1", "meaning": UBUNTU})

    assert answer["verdict"] == "broken"
    (row,) = answer["pins"]
    assert (row["state"], row["now"]) == ("withdrawn", None)
    assert [one["id"] for one in row["successors"]] == ["3", "2"]


def test_an_id_that_was_reused_is_said(api: Api, catalog: Catalog) -> None:
    now = timezone.now()
    give(catalog, [item("2", "22.04 x64"), item("3")], now - timedelta(minutes=10))
    give(catalog, [item("1", type="ceph"), item("2", "22.04 x64"), item("3")], now)

    assert state(api, id="1", meaning=UBUNTU) == ("reused", "critical")


def test_an_id_that_was_never_listed_is_broken(api: Api, catalog: Catalog) -> None:
    answer = check(api, {"id": "99"})

    assert answer["verdict"] == "broken"
    (row,) = answer["pins"]
    assert (row["state"], row["level"], row["since"]) == ("never_listed", "critical", None)
    assert (row["was"], row["now"], row["url"]) == (None, None, None)


def test_the_own_pin_gives_the_meaning(api: Api, catalog: Catalog, cast: Any) -> None:
    actor = Actor(cast.mia, timezone.now())
    pin = actions.create(Wish(catalog=catalog, item_id="1", name="base"), actor)
    give(catalog, [item("1", type="ceph"), item("2", "22.04 x64")], timezone.now())

    (row,) = check(api, {"id": "1"})["pins"]

    assert row["state"] == "meaning_changed"
    assert row["url"].endswith(f"/pins/{pin.uuid}/")
    assert row["sentence"].startswith("base (1)")


@pytest.mark.parametrize("trouble", ["stale", "held", "paused"])
def test_what_cannot_be_known_is_unknown(api: Api, catalog: Catalog, trouble: str) -> None:
    if trouble == "stale":
        Catalog.objects.update(last_ok_at=timezone.now() - timedelta(days=1))
    elif trouble == "held":
        give(catalog, [], timezone.now())
    else:
        catalog.connection.pause("by_user")

    answer = check(api, {"id": "1", "meaning": UBUNTU})

    assert (answer["verdict"], answer["pins"][0]["state"]) == ("unknown", "unknown")


def test_broken_comes_before_unknown(
    api: Api, catalog: Catalog, connect: Callable[..., Connection]
) -> None:
    lab = connect("Lab", "sandbox")

    answer = check(
        api,
        {"id": "99", "environment": "production"},
        {"id": "1", "connection": lab.slug},
    )

    assert [row["state"] for row in answer["pins"]] == ["never_listed", "unknown"]
    assert answer["verdict"] == "broken"


def test_an_ignored_finding_does_not_count_until_its_day(api: Api, catalog: Catalog) -> None:
    today = timezone.now().date()
    ignore = {"levels": ["critical"], "reason": "moving"}

    def verdict(until: str) -> str:
        return str(check(api, {"id": "99", "ignore": {**ignore, "until": until}})["verdict"])

    assert verdict(today.isoformat()) == "ok"
    assert verdict("9999-12-31") == "ok"
    assert verdict((today - timedelta(days=1)).isoformat()) == "broken"


def test_recipes_are_checked(api: Api, connect: Callable[..., Connection]) -> None:
    made = connect(kinds=["images", "packages-payg"])
    now = timezone.now()
    give(made.catalogs.get(kind="images"), [item("1"), item("2", type="ceph")], now)
    give(made.catalogs.get(kind="packages-payg"), [package("p", type="BL")], now)
    recipes = [{"image": image, "package": "p", "billing": "payg"} for image in ("1", "2", "9")]

    answer = check(api, recipes=recipes)

    assert [row["state"] for row in answer["recipes"]] == ["ok", "types", "image"]
    assert answer["verdict"] == "broken"
    assert (
        answer["recipes"][1]["sentence"]
        == "Creating a host will fail with 7005: image ceph, package BL."
    )


def text_check(api: Api, text: str, query: str = "", **headers: str) -> Any:
    return api.client.post(
        f"/api/v1/check{query}",
        data=text,
        content_type="text/plain",
        headers={**api.headers, **headers},
    )


def test_plain_text_takes_one_id_a_line(api: Api, catalog: Catalog) -> None:
    answer = text_check(api, "\ufeff# ids\n1\n\n2  # base\n99\n").json()

    assert [(row["id"], row["state"]) for row in answer["pins"]] == [
        ("1", "ok"),
        ("2", "ok"),
        ("99", "never_listed"),
    ]


def test_strict_answers_with_the_status(api: Api, catalog: Catalog) -> None:
    assert text_check(api, "1\n", "?strict=1").status_code == 200
    assert text_check(api, "99\n", "?strict=1").status_code == 409
    catalog.connection.pause("by_user")
    unknown = text_check(api, "1\n", "?strict=1")
    assert (unknown.status_code, unknown.json()["verdict"]) == (503, "unknown")
    assert int(unknown.headers["Retry-After"]) > 0


def test_junit_is_what_its_schema_says(api: Api, catalog: Catalog) -> None:
    answer = text_check(api, "1\n99\n", Accept="application/xml")

    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    report = xmlschema.XMLSchema(XSD).to_dict(io.StringIO(answer.content.decode()))
    (suite,) = report["testsuite"]
    assert (suite["@tests"], suite["@failures"]) == (2, 1)
    assert [case["@name"] for case in suite["testcase"]] == ["1", "99"]


def test_two_connections_need_a_name(
    api: Api, catalog: Catalog, connect: Callable[..., Connection]
) -> None:
    connect("Lab", "sandbox")

    answer = api.post("/check", {"pins": [{"id": "1"}]})
    named = text_check(api, "1\n", f"?connection={catalog.slug}")

    assert (answer.status_code, answer.json()["code"]) == (409, "which_connection")
    assert named.json()["verdict"] == "ok"


def test_a_connection_that_does_not_exist_is_nowhere(api: Api, catalog: Catalog) -> None:
    answer = api.post("/check", {"pins": [{"id": "1", "connection": "absent"}]})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("pin", "field"),
    [
        ({}, "pins.0.id"),
        ({"id": ""}, "pins.0.id"),
        ({"id": "x" * 129}, "pins.0.id"),
        ({"id": "a\u0007"}, "pins.0.id"),
        ({"id": "1", "more": 1}, "pins.0.more"),
        ({"id": "1", "kind": "disks"}, "pins.0.kind"),
        ({"id": "1", "environment": "test"}, "pins.0.environment"),
        ({"id": "1", "meaning": {"gpu": "x"}}, "pins.0.meaning.gpu"),
        ({"id": "1", "ignore": {"levels": ["critical"], "until": ""}}, "pins.0.ignore.until"),
        ({"id": "1", "ignore": {"levels": ["critical"]}}, "pins.0.ignore.until"),
        (
            {"id": "1", "ignore": {"levels": ["bad"], "until": "2030-01-01"}},
            "pins.0.ignore.levels.0",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    api: Api, catalog: Catalog, pin: dict[str, Any], field: str
) -> None:
    answer = api.post("/check", {"pins": [pin]})

    assert answer.status_code == 422, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_as_many_queries_for_a_hundred_ids_as_for_three(api: Api, catalog: Catalog) -> None:
    api.data("/status")
    counts = []
    for number in (3, 100):  # among three there is one in each state already
        pins = [{"id": str(one), "meaning": UBUNTU} for one in range(number)]
        with CaptureQueriesContext(database) as queries:
            check(api, *pins)
        counts.append(len(queries))

    assert counts[0] == counts[1]
