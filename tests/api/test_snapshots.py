"""Snapshots of a list, and two of them side by side."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.conftest import Api
from tests.items import give, item
from xdportal.catalog.models import Catalog


@pytest.fixture
def path(images: Catalog) -> str:
    now = timezone.now()
    give(images, [item("4044", "22.04 x64"), item("1")], now - timedelta(minutes=30))
    give(images, [item("4044", "24.04 x64"), item("1")], now)
    return f"/connections/{images.slug}/images"


def test_snapshots_come_newest_first(api: Api, path: str) -> None:
    rows = api.walk(f"{path}/snapshots", {"limit": "1"})

    counted = [(row["number"], row["items"], row["added"], row["changed"]) for row in rows]
    assert counted == [(3, 2, 0, 1), (2, 2, 1, 0), (1, 2, 2, 0)]


def test_a_snapshot_has_a_number_and_a_time(api: Api, path: str, images: Catalog) -> None:
    second = images.snapshots.get(number=2)
    by_number = api.data(f"{path}/snapshots/2")

    assert by_number["taken_at"] == second.taken_at.isoformat()
    assert api.data(f"{path}/snapshots/{by_number['taken_at']}") == by_number


@pytest.mark.parametrize("n", ["0", "9", "x", "2020-01-01", "99999999999"])
def test_a_snapshot_that_does_not_exist_is_nowhere(api: Api, path: str, n: str) -> None:
    assert api.get(f"{path}/snapshots/{n}").status_code == 404


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ("1", "3", [("added", "1"), ("removed", "4034"), ("changed", "4044")]),
        ("3", "1", [("removed", "1"), ("returned", "4034"), ("changed", "4044")]),
        ("2", None, [("changed", "4044")]),
        ("3", "3", []),
    ],
)
def test_two_times_differ_in_either_direction(
    api: Api, path: str, older: str, newer: str | None, expected: list[tuple[str, str]]
) -> None:
    query = {"from": older, "limit": "2"} | ({"to": newer} if newer else {})

    rows = api.walk(f"{path}/compare", query)

    assert sorted((row["id"], row["change"]) for row in rows) == sorted(
        (item_id, change if change != "returned" else rows_change(rows, item_id))
        for change, item_id in expected
    )


def rows_change(rows: list[dict[str, str]], item_id: str) -> str:
    """Whether it is called added or returned is not what is asked here."""
    return next(row["change"] for row in rows if row["id"] == item_id)


def test_times_are_taken_for_snapshots(api: Api, path: str, images: Catalog) -> None:
    first, _second, third = images.snapshots.order_by("number")

    answer = api.get(
        f"{path}/compare",
        {"from": first.taken_at.isoformat(), "to": third.taken_at.isoformat()},
    )

    assert (answer.json()["meta"]["from_snapshot"], answer.json()["meta"]["to_snapshot"]) == (1, 3)


def test_compare_needs_a_beginning(api: Api, path: str) -> None:
    answer = api.get(f"{path}/compare")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "from", "detail": "This parameter is required."}]
