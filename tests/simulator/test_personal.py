"""Personal images: of one account, made and expiring over time."""

from collections import Counter
from typing import Any

import pytest

from xdportal.simulator import PersonalWorld

CREATING, USABLE, FAILED, EXPIRED = range(4)


def statuses(world: PersonalWorld, step: int) -> dict[str, Any]:
    return {str(row["id"]): row["status"] for row in world.items(step)}


def test_they_belong_to_an_account() -> None:
    rows = PersonalWorld("A27550582").items(0)

    assert rows == PersonalWorld("A27550582").items(0)
    assert rows != PersonalWorld("A27550583").items(0)
    assert {tuple(row) for row in rows} == {
        (
            *("id", "imageId", "imageType", "imageName"),
            *("imageSize", "datacenterKey", "status", "createTime"),
        )
    }


def test_an_image_goes_from_creating_to_usable_or_failed_and_from_usable_to_expired() -> None:
    world = PersonalWorld("A27550582")
    moves: Counter[tuple[Any, Any]] = Counter()
    for step in range(300):
        before, after = statuses(world, step), statuses(world, step + 1)
        moves.update((before.get(key), after.get(key)) for key in before.keys() | after.keys())
    changes = {(old, new) for old, new in moves if old != new}

    assert changes == {
        (None, CREATING),
        *((CREATING, USABLE), (CREATING, FAILED)),
        *((USABLE, EXPIRED), (FAILED, None), (EXPIRED, None)),
    }


@pytest.mark.parametrize("count", [0, 5, 250])
def test_the_list_stays_near_its_first_size(count: int) -> None:
    world = PersonalWorld("A27550582", count)

    assert len({row["id"] for row in world.items(0)}) == count
    assert all(len(world.items(step)) <= count + 10 for step in range(200))


def test_a_caller_cannot_change_the_world() -> None:
    world = PersonalWorld("A27550582")
    world.items(0)[0].clear()

    assert world.items(0) == PersonalWorld("A27550582").items(0)
