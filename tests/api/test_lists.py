"""GET /connections/{slug}/{kind}: what is listed now, or was at any time."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.conftest import Api, fresh
from tests.items import give, item, items, package
from xdportal.catalog import exports
from xdportal.catalog.history import recent_start
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.items import ItemList, ItemQuery
from xdportal.connections.models import Connection


def path(catalog: Catalog, *more: str) -> str:
    return "/".join(["/connections", catalog.slug, catalog.kind, *more])


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.fixture
def catalog(connect: Callable[..., Connection]) -> Catalog:
    """A list of images with three snapshots, of which the last is an hour old."""
    made: Catalog = connect().catalogs.get(kind="images")
    now = timezone.now()
    give(made, [item("5"), item("40"), item("7", "22.04 x64"), item("8")], now - timedelta(days=30))
    give(made, [item("5"), item("40"), item("7", "24.04 x64"), item("8")], now - timedelta(days=20))
    give(
        made,
        [item("5", type="ceph"), item("40"), item("7", "24.04 x64"), item("9")],
        now - timedelta(hours=1),
    )
    return fresh(made)


def test_an_item_says_what_it_is_and_since_when(api: Api, catalog: Catalog) -> None:
    answer = api.get(path(catalog)).json()

    first, second, third = catalog.snapshots.order_by("number")
    assert answer["data"] == [
        {
            "id": "5",
            "type": "ceph",
            "name": "Ubuntu Server",
            "version": "20.04 x64",
            "status": "changed",
            "first_seen": first.taken_at.isoformat(),
            "last_change": third.taken_at.isoformat(),
        },
        {
            "id": "7",
            "type": "BL",
            "name": "Ubuntu Server",
            "version": "24.04 x64",
            "status": "available",
            "first_seen": first.taken_at.isoformat(),
            "last_change": second.taken_at.isoformat(),
        },
        {
            "id": "9",
            "type": "BL",
            "name": "Ubuntu Server",
            "version": "20.04 x64",
            "status": "new",
            "first_seen": third.taken_at.isoformat(),
            "last_change": None,
        },
        {
            "id": "40",
            "type": "BL",
            "name": "Ubuntu Server",
            "version": "20.04 x64",
            "status": "available",
            "first_seen": first.taken_at.isoformat(),
            "last_change": None,
        },
    ]
    assert answer["next"] is None


def test_the_meta_says_how_fresh_the_list_is(api: Api, catalog: Catalog) -> None:
    latest = catalog.latest_snapshot
    assert latest is not None

    assert api.get(path(catalog)).json()["meta"] == {
        "connection": catalog.slug,
        "environment": "production",
        "kind": "images",
        "snapshot": 3,
        "taken_at": latest.taken_at.isoformat(),
        "checked_at": catalog.trusted_at.isoformat(),
        "stale": False,
        "held": False,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "new"}, ["9"]),
        ({"status": "changed"}, ["5"]),
        ({"status": "withdrawn"}, ["8"]),
        ({"type": "ceph"}, ["5"]),
        ({"name": "Ubuntu Server", "version": "24.04 x64"}, ["7"]),
        ({"name": "ubuntu server"}, []),
        ({"q": "ubuntu 24"}, ["7"]),
        ({"q": "40"}, ["40"]),
        ({"sort": "-id"}, ["40", "9", "7", "5"]),
        ({"sort": "version"}, ["5", "9", "40", "7"]),
        ({"sort": "-last_change"}, ["9", "5", "7", "40"]),
        ({"sort": "first_seen"}, ["5", "7", "40", "9"]),
        ({"as_of": "1"}, ["5", "7", "8", "40"]),
        ({"as_of": "2", "status": "changed"}, ["7"]),
        ({"as_of": "2", "status": "withdrawn"}, []),
        ({"as_of": "2", "version": "24.04 x64"}, ["7"]),
    ],
)
def test_parameters_narrow_and_sort(
    api: Api, catalog: Catalog, query: dict[str, str], expected: list[str]
) -> None:
    assert ids(api.data(path(catalog), query)) == expected


def test_a_time_is_the_list_of_that_time(api: Api, catalog: Catalog) -> None:
    second = catalog.snapshots.get(number=2)

    at = api.get(path(catalog), {"as_of": second.taken_at.isoformat()}).json()
    before = api.get(
        path(catalog), {"as_of": (second.taken_at - timedelta(microseconds=1)).isoformat()}
    ).json()

    assert (at["meta"]["snapshot"], before["meta"]["snapshot"]) == (2, 1)


@pytest.mark.parametrize("as_of", ["4", "2020-01-01", "2020-01-01T00:00:00+08:00"])
def test_there_is_no_list_before_the_first_and_beyond_the_latest(
    api: Api, catalog: Catalog, as_of: str
) -> None:
    assert api.get(path(catalog), {"as_of": as_of}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "2999-01-01"},
        {"as_of": "0"},
        {"as_of": ""},
        {"as_of": "yesterday"},
        {"status": "gone"},
        {"sort": "price"},
        {"gpu": "x"},
        {"q": "a b c d e f g h i"},
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, catalog: Catalog, query: dict[str, str]) -> None:
    answer = api.get(path(catalog), query)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(query)


def test_an_answer_as_of_a_time_never_changes(api: Api, catalog: Catalog) -> None:
    before = [api.get(path(catalog), {"as_of": number}) for number in "123"]
    give(catalog, [item("5"), item("7")], timezone.now())

    after = [api.get(path(catalog), {"as_of": number}) for number in "123"]

    assert [answer.content for answer in after] == [answer.content for answer in before]
    assert [answer.headers["ETag"] for answer in after] == [
        answer.headers["ETag"] for answer in before
    ]


def test_a_list_that_was_never_read_is_empty_and_says_so(
    api: Api, connect: Callable[..., Connection]
) -> None:
    catalog: Catalog = connect().catalogs.get(kind="images")

    answer = api.get(path(catalog)).json()

    assert answer["data"] == []
    assert answer["meta"]["snapshot"] is None
    assert answer["meta"]["stale"] is True


def test_the_status_of_a_personal_image_is_its_state(api: Api, connection: Connection) -> None:
    mine: Catalog = connection.catalogs.get(kind="personal")

    (row,) = api.data(path(mine), {"state": "1"})

    assert (row["state"], row["status"]) == ("1", "available")


def test_packages_are_sorted_by_their_numbers(api: Api, connection: Connection) -> None:
    packages: Catalog = connection.catalogs.get(kind="packages-payg")
    rows = [package("a", "9.5"), package("b", "10"), package("c", "0.25")]
    give(packages, rows, timezone.now())

    assert ids(api.data(path(packages), {"sort": "price"})) == ["c", "a", "b"]
    assert ids(api.walk(path(packages), {"sort": "-price", "limit": "1"})) == ["b", "a", "c"]


def test_what_is_no_number_comes_first(api: Api, connection: Connection) -> None:
    mine: Catalog = connection.catalogs.get(kind="personal")
    sizes = {"a": "128.00", "b": "unknown", "c": "9"}
    rows = [
        {"id": name, "imageName": name, "status": 1, "imageSize": size}
        for name, size in sizes.items()
    ]
    give(mine, rows, timezone.now())

    assert ids(api.data(path(mine), {"sort": "size"})) == ["b", "c", "a"]


def test_an_unknown_kind_is_nowhere(api: Api, catalog: Catalog) -> None:
    assert api.get(f"/connections/{catalog.slug}/disks").status_code == 404


@pytest.mark.parametrize("limit", ["1", "2", "3", "100"])
@pytest.mark.parametrize("sort", ["id", "name", "-id", "last_change"])
def test_a_walk_brings_each_row_once(api: Api, catalog: Catalog, limit: str, sort: str) -> None:
    whole = api.data(path(catalog), {"sort": sort})

    assert api.walk(path(catalog), {"sort": sort, "limit": limit}) == whole


def test_a_walk_stays_with_the_list_it_began_with(api: Api, catalog: Catalog) -> None:
    now = timezone.now()
    give(catalog, items(range(100)), now)
    answer = api.get(path(catalog), {"limit": "30"})
    rows = answer.json()["data"]

    for step in range(1, 4):
        changed = [*items(range(95)), item(str(500 + step)), item("96", f"{step} x64")]
        give(catalog, changed, now + timedelta(seconds=step))
        answer = api.get(answer.json()["next"])
        rows += answer.json()["data"]

    assert answer.json()["next"] is None
    assert ids(rows) == [str(number) for number in range(100)]
    assert {row["version"] for row in rows} == {"20.04 x64"}
    assert answer.json()["meta"]["snapshot"] == 4


def test_a_walk_holds_records_of_one_id_apart(api: Api, catalog: Catalog) -> None:
    rows = [item("5", f"{number} x64") for number in range(5)] + items(["6", "50"])
    give(catalog, rows, timezone.now())

    walked = api.walk(path(catalog), {"limit": "2"})

    assert ids(walked) == ["5"] * 5 + ["6", "50"]
    assert len({row["version"] for row in walked[:5]}) == 5


def test_a_cursor_belongs_to_its_query(api: Api, catalog: Catalog) -> None:
    following = api.get(path(catalog), {"limit": "1"}).json()["next"]

    answer = api.get(following + "&type=BL")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "cursor", "detail": "This cursor belongs to another query."}
    ]


def test_the_validator_knows_stale_and_held(
    api: Api, images: Catalog, connection: Connection
) -> None:
    give(images, [item("4034"), item("4044", "22.04 x64")], timezone.now())
    etag = api.get(path(images)).headers["ETag"]
    give(images, [item("4034"), item("4044", "22.04 x64")], timezone.now())

    assert api.get(path(images), **{"If-None-Match": etag}).status_code == 304

    Catalog.objects.filter(pk=images.pk).update(last_ok_at=timezone.now() - timedelta(days=2))

    stale = api.get(path(images), **{"If-None-Match": etag})
    assert (stale.status_code, stale.json()["meta"]["stale"]) == (200, True)

    give(images, [], timezone.now())

    held = api.get(path(images), **{"If-None-Match": stale.headers["ETag"]})
    assert (held.status_code, held.json()["meta"]["held"]) == (200, True)


def test_the_same_records_as_the_export(api: Api, catalog: Catalog) -> None:
    listed = ItemList(
        catalog, ItemQuery(statuses=("available",)), recent_start(catalog, timezone.now())
    )
    with timezone.override("UTC"):
        exported = named_rows(listed)
    renamed = [{"id": row.pop("image_id"), "name": row.pop("system"), **row} for row in exported]

    assert [in_seconds(row) for row in api.data(path(catalog))] == renamed


def test_a_personal_image_is_exported_with_both_its_state_and_its_status(
    api: Api, connection: Connection
) -> None:
    mine: Catalog = connection.catalogs.get(kind="personal")
    statuses = ItemQuery(statuses=("available",))
    listed = ItemList(mine, statuses, recent_start(mine, timezone.now()))
    with timezone.override("UTC"):
        exported = named_rows(listed)

    assert [in_seconds(row) for row in api.data(path(mine))] == exported
    assert tuple(exported[0]) == exports.items_export(listed.kind).columns
    assert (exported[0]["state"], exported[0]["status"]) == ("1", "available")


def named_rows(listed: ItemList) -> list[dict[str, Any]]:
    columns = exports.items_export(listed.kind).columns
    return [dict(zip(columns, row, strict=True)) for row in exports.item_rows(listed)]


def in_seconds(row: dict[str, Any]) -> dict[str, Any]:
    """Return the item with its times as exports write them."""
    times = {name: row[name] for name in ("first_seen", "last_change") if row[name]}
    cut = {name: re.sub(r"\.\d+", "", moment) for name, moment in times.items()}
    return {**row, **cut}


def test_as_many_queries_for_three_rows_as_for_one(api: Api, catalog: Catalog) -> None:
    counts = []
    api.data("/status")  # notes the key's use
    for limit in ("1", "3"):
        with CaptureQueriesContext(database) as queries:
            api.data(path(catalog), {"limit": limit})
        counts.append(len(queries))

    assert counts[0] == counts[1]
