"""GET /compare: two connections side by side."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import Api
from tests.items import give, item, package
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


@pytest.fixture
def sides(connect: Callable[..., Connection]) -> tuple[Catalog, Catalog]:
    """Production lists 1, 2, 3; the sandbox 1 with another meaning, 20 for 2, and 4."""
    now = timezone.now() - timedelta(minutes=5)
    left: Catalog = connect("Farm").catalogs.get(kind="images")
    right: Catalog = connect("Lab", "sandbox").catalogs.get(kind="images")
    give(left, [item("1"), item("2", "22.04 x64"), item("3", "9.3 x64")], now)
    give(right, [item("1", type="ceph"), item("20", "22.04 x64"), item("4", "12 x64")], now)
    return left, right


def compared(api: Api, sides: tuple[Catalog, Catalog], **query: str) -> Any:
    left, right = sides
    answer = api.get("/compare", {"left": left.slug, "right": right.slug, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(rows: list[dict[str, Any]]) -> list[Any]:
    return [row["id"] if "id" in row else (row["left"]["id"], row["right"]["id"]) for row in rows]


def groups(answer: Any) -> dict[str, list[Any]]:
    return {name: ids(rows) for name, rows in answer["data"].items() if name != "same"}


def test_environments_are_matched_by_meaning(api: Api, sides: tuple[Catalog, Catalog]) -> None:
    answer = compared(api, sides)

    assert answer["meta"]["match"] == "meaning"
    assert groups(answer) == {
        "only_left": ["1", "3"],
        "only_right": ["4", "1"],
        "differs": [("2", "20")],
        "same_id_other_meaning": [("1", "1")],
    }
    assert answer["data"]["differs"][0]["fields"] == [{"name": "id", "left": "2", "right": "20"}]


def test_ids_are_matched_where_that_is_asked_for(api: Api, sides: tuple[Catalog, Catalog]) -> None:
    answer = compared(api, sides, match="id")

    assert groups(answer) == {
        "only_left": ["2", "3"],
        "only_right": ["20", "4"],
        "differs": [],
        "same_id_other_meaning": [("1", "1")],
    }


def test_one_environment_is_matched_by_id(api: Api, sides: tuple[Catalog, Catalog]) -> None:
    answer = compared(api, (sides[0], sides[0]))

    assert answer["meta"]["match"] == "id"
    assert answer["data"]["same"] == 3


def test_each_side_has_a_time_of_its_own(api: Api, sides: tuple[Catalog, Catalog]) -> None:
    give(sides[0], [item("1"), item("2", "22.04 x64"), item("5", "9.3 x64")], timezone.now())

    answer = compared(api, (sides[0], sides[0]), left_at="1")

    assert (answer["meta"]["left"]["snapshot"], answer["meta"]["right"]["snapshot"]) == (1, 2)
    assert groups(answer)["only_left"] == ["3"]
    assert groups(answer)["only_right"] == ["5"]


def test_a_price_differs_and_is_no_other_meaning(
    api: Api, connect: Callable[..., Connection]
) -> None:
    packages = ["packages-payg"]
    left = connect("Farm", kinds=packages).catalogs.get(kind="packages-payg")
    right = connect("Lab", "sandbox", kinds=packages).catalogs.get(kind="packages-payg")
    give(left, [package("1", "1.10")], timezone.now())
    give(right, [package("1", "1.25")], timezone.now())

    answer = compared(api, (left, right), kind="packages-payg", match="id")

    (pair,) = answer["data"]["differs"]
    assert pair["fields"] == [{"name": "price", "left": "1.1", "right": "1.25"}]


def test_a_list_that_was_never_read_is_no_side(
    api: Api, sides: tuple[Catalog, Catalog], connect: Callable[..., Connection]
) -> None:
    new = connect("New", account=1)

    answer = api.get("/compare", {"left": sides[0].slug, "right": new.slug})

    assert answer.status_code == 404
