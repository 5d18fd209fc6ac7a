"""GET /connections/{slug}/{kind}/{id}: one id and its life."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.conftest import Api
from tests.items import give, item
from xdportal.catalog.models import Catalog


def path(catalog: Catalog, item_id: str) -> str:
    return f"/connections/{catalog.slug}/{catalog.kind}/{item_id}"


def test_a_listed_id_with_its_life(api: Api, images: Catalog) -> None:
    at = timezone.now() - timedelta(minutes=30)
    give(images, [item("4034", "9.3 x64"), item("4044", "22.04 x64")], at)

    data = api.data(path(images, "4034"))

    assert (data["listed"], data["version"], data["status"]) == (True, "9.3 x64", "changed")
    assert data["was"]["version"] == "20.04 x64"
    assert [(moment["change"], moment["snapshot"]) for moment in data["timeline"]] == [
        ("changed", 2),
        ("added", 1),
    ]
    assert data["timeline"][0]["fields"] == [
        {"name": "version", "before": "20.04 x64", "after": "9.3 x64"}
    ]
    assert data["url"].endswith(f"/c/{images.slug}/images/4034/")


def test_a_withdrawn_id_says_what_it_was(api: Api, images: Catalog) -> None:
    give(images, [item("4044", "22.04 x64")], timezone.now() - timedelta(minutes=30))

    data = api.data(path(images, "4034"))

    assert (data["listed"], data["status"]) == (False, "withdrawn")
    assert data["was"]["id"] == "4034"
    assert data["timeline"][0]["change"] == "removed"


def test_an_id_that_came_back_says_how_long_it_was_away(api: Api, images: Catalog) -> None:
    now = timezone.now()
    give(images, [item("4044", "22.04 x64")], now - timedelta(minutes=30))
    give(images, [item("4034"), item("4044", "22.04 x64")], now - timedelta(minutes=20))

    (returned, *_others) = api.data(path(images, "4034"))["timeline"]

    assert (returned["change"], returned["absent_seconds"]) == ("returned", 600)


def test_other_records_of_the_same_id_are_named(api: Api, images: Catalog) -> None:
    rows = [item("4034"), item("4034", "9.3 x64"), item("4044", "22.04 x64")]
    give(images, rows, timezone.now())

    data = api.data(path(images, "4034"))

    assert (data["version"], [other["version"] for other in data["also"]]) == (
        "20.04 x64",
        ["9.3 x64"],
    )


def test_an_id_with_other_characters_has_an_address(api: Api, images: Catalog) -> None:
    give(images, [item("镜像 1"), *[item("4034"), item("4044", "22.04 x64")]], timezone.now())

    assert api.data(path(images, "~6ZWc5YOPIDE"))["id"] == "镜像 1"
    assert api.data(path(images, "%E9%95%9C%E5%83%8F%201"))["id"] == "镜像 1"


@pytest.mark.parametrize("item_id", ["1", "~", "~!", "x" * 200, "%20"])
def test_an_id_that_was_never_listed_is_nowhere(api: Api, images: Catalog, item_id: str) -> None:
    assert api.get(path(images, item_id)).status_code == 404
