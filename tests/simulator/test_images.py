"""The image list as it moves."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdportal.simulator.images import (
    ENVIRONMENTS,
    EXAMPLE,
    RELEASES,
    TYPES,
    Item,
    World,
)

seeds = st.integers(0, 2**32)
sizes = st.one_of(st.integers(1, 12), st.integers(1, 400))
environments = st.sampled_from(ENVIRONMENTS)
bounded = settings(max_examples=60, deadline=None)


def ids(items: list[Item]) -> set[str]:
    return {item["imageId"] for item in items}


def by_id(items: list[Item]) -> dict[str, Item]:
    return {item["imageId"]: item for item in items}


def changed(before: list[Item], after: list[Item]) -> int:
    old, new = by_id(before), by_id(after)
    return sum(old.get(image_id) != new.get(image_id) for image_id in old.keys() | new.keys())


@bounded
@given(seeds, sizes, environments)
def test_the_first_list_has_exactly_the_size_asked_for(
    seed: int, size: int, environment: str
) -> None:
    items = World(seed, size, environment).items(0)
    assert (len(items), len(ids(items))) == (size, size)


@bounded
@given(seeds, sizes, environments, st.integers(1, 150))
def test_the_list_stays_near_the_first_one(
    seed: int, size: int, environment: str, steps: int
) -> None:
    world = World(seed, size, environment)
    first = ids(world.items(0))
    for step in range(1, steps + 1):
        listed = [item["imageId"] for item in world.items(step)]
        assert len(set(listed)) == len(listed)
        assert 0.8 * size <= len(listed) <= 1.2 * size
        assert len(first.intersection(listed)) >= 0.75 * size


@bounded
@given(seeds, sizes, environments, st.integers(1, 150))
def test_each_step_makes_one_to_three_changes(
    seed: int, size: int, environment: str, steps: int
) -> None:
    world = World(seed, size, environment)
    before = world.items(0)
    for step in range(1, steps + 1):
        after = world.items(step)
        assert 1 <= changed(before, after) <= 3
        before = after


@bounded
@given(seeds, sizes, environments, st.lists(st.integers(0, 60), max_size=5))
def test_a_step_reads_the_same_whatever_was_asked_before(
    seed: int, size: int, environment: str, steps: list[int]
) -> None:
    world = World(seed, size, environment)
    for step in steps:
        assert world.items(step) == World(seed, size, environment).items(step)


@pytest.mark.parametrize("size", [1, 2, 40, 5_000])
def test_production_holds_the_documented_example(size: int) -> None:
    example = {
        "imageId": "4005",
        "type": "BL",
        "systemImageName": "Ubuntu Server",
        "systemImageVersion": "20.04 x64",
    }
    assert [item for item in World(1, size).items(0) if item["imageId"] == "4005"] == [example]
    assert example == EXAMPLE


@pytest.mark.parametrize("size", [40, 1000])
def test_ids_begin_where_the_environment_says_and_leave_gaps(size: int) -> None:
    for environment, first in (("production", 4001), ("sandbox", 7001)):
        numbers = sorted(int(image_id) for image_id in ids(World(1, size, environment).items(0)))
        assert first <= numbers[0] < first + 10
        assert size < numbers[-1] - first + 1 < 1.3 * size


def test_environments_and_seeds_differ() -> None:
    production, sandbox = World(1).items(0), World(1, environment="sandbox").items(0)
    assert ids(production) & ids(sandbox) == set()
    assert World(2).items(0) != production


def test_items_are_of_known_systems_and_both_types() -> None:
    world = World(1, 500)
    for item in world.items(0) + world.items(300):
        releases = RELEASES[item["systemImageName"]]
        assert item["systemImageVersion"].startswith(releases)
        assert list(item) == ["imageId", "type", "systemImageName", "systemImageVersion"]
    assert {item["type"] for item in world.items(0)} == set(TYPES)
    assert {item["systemImageName"] for item in world.items(0)} == set(RELEASES)


def test_images_come_go_return_and_change_their_version() -> None:
    world = World(1)
    steps = [by_id(world.items(step)) for step in range(400)]
    ever: set[str] = set()
    kinds: set[str] = set()
    for before, after in pairwise(steps):
        ever |= before.keys()
        kinds |= {"withdrawn" for _ in before.keys() - after.keys()}
        kinds |= {
            "returned" if image_id in ever else "new" for image_id in after.keys() - before.keys()
        }
        kinds |= {
            "reworded"
            for image_id in before.keys() & after.keys()
            if before[image_id] != after[image_id]
        }
    assert kinds == {"withdrawn", "returned", "new", "reworded"}


def test_only_the_version_of_a_listed_image_changes() -> None:
    world = World(1)
    steps = [by_id(world.items(step)) for step in range(400)]
    for before, after in pairwise(steps):
        for image_id in before.keys() & after.keys():
            assert before[image_id] | {"systemImageVersion": ""} == after[image_id] | {
                "systemImageVersion": ""
            }


def test_a_caller_cannot_change_the_world() -> None:
    world = World(1)
    world.items(0)[0].clear()
    assert world.items(0) == World(1).items(0)


@pytest.mark.parametrize(
    "make",
    [lambda: World(1, 0), lambda: World(1, 40, "elsewhere"), lambda: World(1).items(-1)],
    ids=["no images", "no such environment", "no such step"],
)
def test_nonsense_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"least one|unknown|before 0"):
        make()


def test_large_worlds_and_late_steps_are_quick() -> None:
    began = time.process_time()
    assert len(World(1, 100_000).items(0)) == 100_000
    assert time.process_time() - began < 2
    began = time.process_time()
    assert 32 <= len(World(1).items(50_000)) <= 48
    assert time.process_time() - began < 2
