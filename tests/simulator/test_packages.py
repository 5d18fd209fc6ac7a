"""Host packages: two lists, prices that move, one package in both."""

from decimal import Decimal
from typing import Any

import pytest

from xdportal.simulator import PackageWorld
from xdportal.simulator.images import TYPES

FIELDS = {
    *("packageId", "name", "gpuNumber", "gpuName", "cpuNumber", "memoryNumber"),
    *("rigidDiskNumber", "bandWidth", "amount", "discount", "type", "pveMachineType"),
    *("area", "useType"),
}


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["packageId"]: row for row in rows}


def prices(world: PackageWorld, step: int) -> dict[tuple[str, str], Decimal]:
    return {
        (use, str(row["packageId"])): Decimal(str(row["amount"]))
        for use in ("0", "1")
        for row in world.items(use, step)
    }


def test_rows_have_the_documented_fields() -> None:
    assert [set(row) for row in PackageWorld().items("0", 0)] == [FIELDS] * 11


@pytest.mark.parametrize("use", ["0", "1"])
def test_a_list_has_the_packages_of_its_use_and_of_both(use: str) -> None:
    rows = PackageWorld().items(use, 0)

    assert {row["useType"] for row in rows} == {use, "2"}
    assert len(by_id(rows)) == len(rows)


def test_some_fit_images_and_some_fit_none() -> None:
    types = {row["type"] for use in "01" for row in PackageWorld().items(use, 0)}

    assert types == {*TYPES, "BZ", "SC"}


def test_a_package_in_both_lists_has_two_prices_that_move_apart() -> None:
    world = PackageWorld()
    payg, rental = by_id(world.items("0", 0)), by_id(world.items("1", 0))
    both = payg.keys() & rental.keys()

    assert {payg[key]["useType"] for key in both} == {"2"}
    for key in both:
        series = {use: [prices(world, step).get((use, key)) for step in range(200)] for use in "01"}
        assert series["0"][0] != series["1"][0]
        assert len(set(series["0"])) > 1
        assert [price != series["0"][0] for price in series["0"]] != [
            price != series["1"][0] for price in series["1"]
        ]


def test_a_price_stays_between_half_and_twice_the_first() -> None:
    world = PackageWorld()
    first = prices(world, 0)
    for step in (100, 1000, 5000):
        later = prices(world, step)
        assert all(first[key] / 2 <= later[key] <= first[key] * 2 for key in later)


def test_every_step_moves_a_price_or_a_package() -> None:
    world = PackageWorld()

    assert all(prices(world, step) != prices(world, step + 1) for step in range(100))


def test_a_price_is_a_number_or_a_text_and_takes_turns() -> None:
    world = PackageWorld()
    forms = [{type(row["amount"]) for row in world.items("0", step)} for step in (0, 1)]
    first = [type(world.items("0", step)[0]["amount"]) for step in (0, 1)]

    assert forms == [{float, str}, {float, str}]
    assert first == [float, str]


def test_some_have_no_gpu() -> None:
    names = {row["gpuName"] for row in PackageWorld().items("0", 0) if row["gpuNumber"] == 0}

    assert names == {None, ""}


def test_the_same_seed_tells_the_same_story_whatever_was_asked_before() -> None:
    asked = PackageWorld()
    asked.items("0", 50)

    assert asked.items("1", 7) == PackageWorld().items("1", 7)
    assert PackageWorld(2).items("0", 7) != PackageWorld(1).items("0", 7)
    assert (
        not by_id(PackageWorld(1, "sandbox").items("0", 0)).keys()
        & by_id(asked.items("0", 0)).keys()
    )


def test_there_can_be_many() -> None:
    world = PackageWorld(count=5000)
    ids = {row["packageId"] for use in "01" for row in world.items(use, 0)}

    assert len(ids) == 5000
