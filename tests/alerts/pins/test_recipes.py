"""Whether a pinned image and a pinned package still fit."""

from typing import Any

import pytest
import time_machine

from tests.alerts.stage import HOUR, pin
from tests.items import START, give, item, items
from xdportal.alerts import records
from xdportal.alerts.models import Recipe
from xdportal.alerts.pins.recipes import evaluate_recipes
from xdportal.connections.models import Connection


def package(type: str = "BL", use: str = "2", id: str = "p1") -> dict[str, Any]:
    return {
        "packageId": id, "name": "Small", "gpuNumber": 1, "gpuName": "RTX", "cpuNumber": 8,
        "memoryNumber": 32, "rigidDiskNumber": 100, "bandWidth": 10, "amount": "1.1",
        "discount": "1", "type": type, "pveMachineType": "2", "area": "0", "useType": use,
    }  # fmt: skip


def packages(**first: Any) -> list[dict[str, Any]]:
    return [package(**first), *(package(id=f"p{n}") for n in range(2, 8))]


@pytest.fixture
def recipe(connect: Any) -> Recipe:
    connection: Connection = connect(kinds=["images", "packages-payg"], interval=3600)
    images = connection.catalogs.get(kind="images")
    payg = connection.catalogs.get(kind="packages-payg")
    give(images, items(range(1, 8)), START)
    give(payg, packages(), START)
    return Recipe.objects.create(
        team=connection.team,
        label="Maya",
        image=pin(images, "1", START, "base"),
        package=pin(payg, "p1", START, "small"),
        billing="packages-payg",
    )


def now(recipe: Recipe) -> tuple[str, str | None, str]:
    record = records.recipe(evaluate_recipes([recipe])[recipe.pk])
    return record["state"], record["level"], record["sentence"]


@time_machine.travel(START + 1.1 * HOUR, tick=False)
def test_what_a_recipe_says(recipe: Recipe) -> None:
    images = recipe.image.catalog
    payg = recipe.package.catalog
    assert now(recipe) == ("ok", None, "Image and package fit: both have the type BL.")

    give(payg, packages(use="1"), START + 0.2 * HOUR)
    assert now(recipe)[:2] == ("billing", "critical")
    give(payg, packages(type="SC"), START + 0.4 * HOUR)
    assert now(recipe)[:2] == ("package", "critical")
    assert "It will answer 7005 with images of type BL." in now(recipe)[2]
    give(payg, packages(), START + 0.6 * HOUR)
    give(images, [item(1, type="SC"), *items(range(2, 8))], START + 0.8 * HOUR)
    assert now(recipe)[:2] == ("image", "critical")


@time_machine.travel(START + 1.1 * HOUR, tick=False)
def test_types_that_never_fitted(recipe: Recipe) -> None:
    give(recipe.package.catalog, packages(type="SC"), START + 0.4 * HOUR)
    recipe.package = pin(recipe.package.catalog, "p1", START + 0.5 * HOUR, "other")
    recipe.save()

    assert now(recipe) == (
        "types",
        "critical",
        "Creating a host will fail with 7005: image BL, package SC.",
    )


@time_machine.travel(START + 3 * HOUR, tick=False)
def test_unknown_is_not_ok(recipe: Recipe) -> None:
    assert now(recipe)[:2] == ("unknown", None)
