"""GET …/changes: what changed in a list, newest first."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import Api
from tests.items import give, item, items
from xdportal.api.endpoints import changes
from xdportal.catalog.models import Catalog


@pytest.fixture
def path(images: Catalog) -> str:
    """The list of 4034 and 4044 changes twice: 4034 goes and comes, 4044 changes, 1 is new."""
    now = timezone.now()
    give(images, [item("4044", "24.04 x64"), item("1", type="ceph")], now - timedelta(minutes=30))
    give(images, [*[item("4044", "24.04 x64"), item("1", type="ceph")], item("4034")], now)
    return f"/connections/{images.slug}/images/changes"


def changes_of(rows: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(row["snapshot"], row["change"], row["id"]) for row in rows]


ALL = [
    (3, "returned", "4034"),
    (2, "added", "1"),
    (2, "removed", "4034"),
    (2, "changed", "4044"),
]


def test_changes_come_newest_first(api: Api, path: str) -> None:
    assert changes_of(api.data(path)) == ALL


def test_a_change_has_its_structure_and_its_sentence(api: Api, path: str, images: Catalog) -> None:
    (change,) = api.data(path, {"change": "changed"})

    record = {"id": "4044", "type": "BL", "name": "Ubuntu Server"}
    assert change == {
        "change": "changed",
        "id": "4044",
        "before": {**record, "version": "22.04 x64"},
        "after": {**record, "version": "24.04 x64"},
        "fields": [{"name": "version", "before": "22.04 x64", "after": "24.04 x64"}],
        "snapshot": 2,
        "at": images.snapshots.get(number=2).taken_at.isoformat(),
        "sentence": "4044 changed: version 22.04 x64 → 24.04 x64",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"id": "4034"}, [ALL[0], ALL[2]]),
        ({"id": "nothing"}, []),
        ({"type": "ceph"}, [ALL[1]]),
        ({"change": "removed"}, [ALL[2]]),
        ({"limit": "2"}, ALL[:2]),
    ],
)
def test_parameters_narrow(
    api: Api, path: str, query: dict[str, str], expected: list[tuple[int, str, str]]
) -> None:
    assert changes_of(api.data(path, query)) == expected


def test_a_window_of_time(api: Api, path: str, images: Catalog) -> None:
    second = images.snapshots.get(number=2).taken_at.isoformat()
    third = images.snapshots.get(number=3).taken_at.isoformat()

    assert changes_of(api.data(path, {"since": third})) == ALL[:1]
    assert changes_of(api.data(path, {"since": second, "until": third})) == ALL[1:]


@pytest.mark.parametrize("limit", ["1", "2", "3"])
@pytest.mark.parametrize("many", [0, 1000])
@pytest.mark.parametrize("snapshots", [1, 200])
def test_a_walk_brings_each_change_once(
    api: Api, path: str, limit: str, many: int, snapshots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MANY", many or 1)
    monkeypatch.setattr(changes, "MOST_SNAPSHOTS", snapshots)

    assert changes_of(api.walk(path, {"limit": limit})) == ALL


def test_a_walk_stays_with_the_changes_it_began_with(api: Api, path: str, images: Catalog) -> None:
    answer = api.get(path, {"limit": "2"})
    give(images, items(range(10, 14)), timezone.now() + timedelta(seconds=1))

    rest = api.get(answer.json()["next"])

    assert changes_of(rest.json()["data"]) == ALL[2:]


def test_a_field_that_the_kind_lacks_is_refused(api: Api, images: Catalog) -> None:
    answer = api.get(f"/connections/{images.slug}/personal/changes", {"type": "BL"})

    assert answer.status_code == 422
