import csv
import io
import json
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, item, items, package, personal
from xdportal.accounts.models import AuditEntry
from xdportal.catalog import exports, history
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.items import ItemList
from xdportal.catalog.pages.query import ItemQuery
from xdportal.catalog.pages.rows import rows_of
from xdportal.connections.models import Connection
from xdportal.lib.csv import BOM, csv_pieces, safe_cell

HOUR = timedelta(hours=1)


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )
    catalog = connection.catalogs.get(kind="images")
    now = timezone.now()
    give(
        catalog,
        [item("10"), item("9"), item("8", type="ceph", name="CentOS")],
        now - timedelta(days=30),
    )
    give(
        catalog,
        [item("10"), item("9", version='=22.04, "x64"'), item("7", type="ceph", name="中文")],
        now - HOUR,
    )
    return catalog


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.rita)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table(answer: Any) -> list[dict[str, str]]:
    text = body(answer).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=ubuntu",
        "type=ceph&type=BL&sort=-id",
        "status=withdrawn",
        "status=new&sort=-changed",
        "q=nothing",
    ],
)
@pytest.mark.parametrize("ending", ["csv", "json"])
def test_images_are_exactly_the_rows_of_the_page_in_its_order(
    cat: Catalog, rita: Client, query: str, ending: str
) -> None:
    page = rita.get(f"/c/{cat.slug}/images/?{query}")
    answer = rita.get(f"/c/{cat.slug}/images.{ending}?{query}")
    rows = table(answer) if ending == "csv" else json.loads(body(answer))["images"]

    assert [row["image_id"] for row in rows] == [
        row.listing.item_id for row in page.context["rows"]
    ]
    assert [row["status"] for row in rows] == [
        row.status or "available" for row in page.context["rows"]
    ]


def plain_lines(listed: ItemList) -> list[str]:
    """Return an export's lines from the page's rows, cell by cell."""
    columns = exports.items_export(listed.kind).columns
    lines = [BOM + ",".join(columns) + "\r\n"]
    for row in rows_of(listed.catalog, list(listed.listings()), listed.recent):
        times = [
            timezone.localtime(at).isoformat(timespec="seconds") if at else None
            for at in (row.first_seen, row.last_change)
        ]
        cells = (*row.listing.record, row.status or "available", *times)
        line = io.StringIO(newline="")
        csv.writer(line).writerow([safe_cell(cell) for cell in cells])
        lines.append(line.getvalue())
    return lines


HISTORIES = {
    "images": (
        [item("1"), item("2"), item("3"), item("4", "=1")],
        [item("1"), item("2"), item("4", "=1"), item("4", "b")],
        [item("1", "new"), item("3"), item("4", "=1"), item("4", "c")],
        [item("1", "new"), item("3"), item("5", "-x"), item("4", "=1"), item("4", "c")],
    ),
    "packages-payg": (
        [package(1), package(2), package(3, "2.5", gpuName="@x")],
        [package(1), package(2, "9"), package(3, "2.5", gpuName="@x")],
        [package(1, "1.2"), package(4), package(3, "2.5", gpuName="@x")],
    ),
    "personal": (
        [personal(1), personal(2), personal(3, imageName="+x")],
        [personal(1), personal(3, imageName="+x")],
        [personal(1, 3), personal(2), personal(4), personal(3, imageName="+x")],
    ),
}
STATUSES = [(), ("available",), ("withdrawn",), ("available", "withdrawn"), ("new", "changed")]


@pytest.mark.parametrize("statuses", STATUSES, ids="+".join)
@pytest.mark.parametrize("kind", HISTORIES)
def test_rows_read_as_tuples_are_those_of_the_page(
    cast: SimpleNamespace, kind: str, statuses: tuple[str, ...]
) -> None:
    catalog = with_history(cast, kind)
    recent = history.recent_start(catalog, timezone.now())
    listed = ItemList(catalog, ItemQuery(statuses=statuses, sort="-changed"), recent)
    columns = exports.items_export(listed.kind).columns

    lines = "".join(csv_pieces(columns, exports.item_rows(listed))).splitlines(keepends=True)

    assert lines == plain_lines(listed)


def test_the_statuses_of_a_history(cast: SimpleNamespace) -> None:
    catalog = with_history(cast, "images")
    every = ItemQuery(statuses=("available", "withdrawn"))
    listed = ItemList(catalog, every, history.recent_start(catalog, timezone.now()))

    assert [(row[0], row[4]) for row in exports.item_rows(listed)] == [
        ("1", "changed"),
        ("2", "withdrawn"),
        ("3", "returned"),
        ("4", "changed"),
        ("4", "changed"),
        ("5", "new"),
    ]


def with_history(cast: SimpleNamespace, kind: str) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Old", environment="production", account_id="A2"
    )
    catalog: Catalog = connection.catalogs.get(kind=kind)
    now = timezone.now()
    ages = (timedelta(days=30), timedelta(days=20), 2 * HOUR, HOUR)
    for age, listed in zip(ages, HISTORIES[kind], strict=False):
        give(catalog, listed, now - age)
    return catalog


def test_as_many_queries_for_many_rows_as_for_one(cast: SimpleNamespace) -> None:
    catalog = with_history(cast, "images")
    recent = history.recent_start(catalog, timezone.now())
    assert catalog.latest_number == 4  # read, and kept by the instance
    counts = []
    for words in ("new", ""):
        listed = ItemList(catalog, ItemQuery(q=words), recent)
        with CaptureQueriesContext(database) as queries:
            rows = list(exports.item_rows(listed))
        counts.append((len(rows), len(queries)))

    assert counts == [(1, 3), (5, 3)]


def test_pages_do_not_cut_an_export(cat: Catalog, rita: Client) -> None:
    give(cat, [*items(range(1, 2300)), item("10", version="new")], timezone.now())
    rows = table(rita.get(f"/c/{cat.slug}/images.csv?page=2&status=available"))

    assert len(rows) == len({(row["image_id"], row["version"]) for row in rows}) == 2300


def test_a_csv_for_spreadsheets(cat: Catalog, rita: Client) -> None:
    answer = rita.get(f"/c/{cat.slug}/images.csv?q=9")
    name = answer.headers["Content-Disposition"]
    text = body(answer).decode()

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        rf'attachment; filename="xdportal-{cat.slug}-images-\d{{8}}-\d{{4}}\.csv"', name
    )
    assert (
        text.splitlines()[0] == "\ufeffimage_id,type,system,version,status,first_seen,last_change"
    )
    assert text.splitlines()[1].startswith('9,BL,Ubuntu Server,"\'=22.04, ""x64""",changed,')


def test_an_empty_export_still_names_its_fields(cat: Catalog, rita: Client) -> None:
    assert body(rita.get(f"/c/{cat.slug}/changes.csv?since=2999-01-01")).decode() == (
        "\ufeffsnapshot,time,kind,image_id,before,after,sentence\r\n"
    )


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"]
)
def test_no_cell_is_a_formula(value: str) -> None:
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["4005", "a=b", "", 5, 1.5])
def test_other_cells_stay(value: object) -> None:
    assert safe_cell(value) == value


def test_json_says_of_what_it_is(cat: Catalog, rita: Client) -> None:
    exported = json.loads(body(rita.get(f"/c/{cat.slug}/snapshots/1.json")))

    assert exported == {
        "connection": cat.slug,
        "kind": "images",
        "snapshot": 1,
        "images": [
            {"image_id": "8", "type": "ceph", "system": "CentOS", "version": "20.04 x64"},
            {"image_id": "9", "type": "BL", "system": "Ubuntu Server", "version": "20.04 x64"},
            {"image_id": "10", "type": "BL", "system": "Ubuntu Server", "version": "20.04 x64"},
        ],
    }


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("images.json", {"snapshot": 2}),
        ("changes.json", {"snapshot": 2}),
        ("snapshots/1.json", {"snapshot": 1}),
        ("snapshots/2.json", {"snapshot": 2}),
        ("compare.json?from=1&to=2", {"from": 1, "to": 2}),
        ("compare.json?from=2&to=1", {"from": 2, "to": 1}),
    ],
)
def test_json_names_the_snapshots_it_is_of(
    cat: Catalog, rita: Client, path: str, head: dict[str, int]
) -> None:
    exported = json.loads(body(rita.get(f"/c/{cat.slug}/{path}")))

    assert {name: value for name, value in exported.items() if not isinstance(value, list)} == {
        "connection": cat.slug,
        "kind": "images",
        **head,
    }


@pytest.mark.parametrize("path", ["snapshots/1.json", "compare.json?from=1&to=2"])
def test_what_is_past_reads_the_same_after_a_new_snapshot(
    cat: Catalog, rita: Client, path: str
) -> None:
    before = rita.get(f"/c/{cat.slug}/{path}")
    exported = body(before)
    give(cat, items(["9", "10", "11"]), timezone.now())
    after = rita.get(f"/c/{cat.slug}/{path}")

    assert (body(after), after.headers["ETag"]) == (exported, before.headers["ETag"])


@pytest.mark.parametrize("path", ["images.csv", "changes.json", "snapshots/1.json", "compare.csv"])
def test_head_tells_of_an_export_and_is_none(cat: Catalog, rita: Client, path: str) -> None:
    head = rita.head(f"/c/{cat.slug}/{path}")
    assert list(AuditEntry.objects.filter(kind="exported")) == []
    whole = rita.get(f"/c/{cat.slug}/{path}")

    assert (head.status_code, body(head)) == (200, b"")
    assert [head.headers[name] for name in ("ETag", "Content-Type")] == [
        whole.headers[name] for name in ("ETag", "Content-Type")
    ]


@pytest.mark.parametrize(
    ("query", "kinds"), [("", ["added", "removed", "changed"]), ("kind=removed", ["removed"])]
)
def test_changes(cat: Catalog, rita: Client, query: str, kinds: list[str]) -> None:
    rows = table(rita.get(f"/c/{cat.slug}/changes.csv?{query}"))

    assert [row["kind"] for row in rows] == kinds
    assert {row["snapshot"] for row in rows} == {"2"}
    assert "8 was withdrawn: CentOS 20.04 x64 (ceph)" in [row["sentence"] for row in rows]


def test_a_comparison_in_both_directions(cat: Catalog, rita: Client) -> None:
    there = table(rita.get(f"/c/{cat.slug}/compare.csv?from=1&to=2"))
    back = table(rita.get(f"/c/{cat.slug}/compare.csv?from=2&to=1"))

    assert [(row["kind"], row["image_id"]) for row in there] == [
        ("removed", "8"),
        ("changed", "9"),
        ("added", "7"),
    ]
    assert [(row["kind"], row["image_id"]) for row in back] == [
        ("removed", "7"),
        ("changed", "9"),
        ("added", "8"),
    ]


@pytest.mark.parametrize(
    "path", ["images.csv?q=9", "changes.json", "snapshots/1.csv", "compare.json"]
)
def test_what_did_not_change_is_not_sent_again(cat: Catalog, rita: Client, path: str) -> None:
    first = rita.get(f"/c/{cat.slug}/{path}")
    again = rita.get(f"/c/{cat.slug}/{path}", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "private, no-cache"


def test_an_export_is_noted_once_and_refused_by_no_audit(
    cat: Catalog, rita: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rita.get(f"/c/{cat.slug}/images.csv")
    rita.get(f"/c/{cat.slug}/images.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert list(
        AuditEntry.objects.exclude(kind="signed_in").values_list(
            "kind", "actor__username", "target"
        )
    ) == [("exported", "rita", f"{cat.slug} images.csv")]

    def locked(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(AuditEntry.objects, "create", locked)
    assert rita.get(f"/c/{cat.slug}/images.json").status_code == 200


def test_a_new_snapshot_another_query_and_another_person_s_zone_are_sent(
    cat: Catalog, rita: Client, cast: SimpleNamespace
) -> None:
    path = f"/c/{cat.slug}/images.csv"
    known = {"If-None-Match": rita.head(path).headers["ETag"]}
    assert rita.head(f"{path}?q=9", headers=known).status_code == 200
    give(cat, items(["9", "10", "7"]), timezone.now())
    assert rita.head(path, headers=known).status_code == 200
    known = {"If-None-Match": rita.head(path).headers["ETag"]}
    cast.rita.time_zone = "Europe/Berlin"
    cast.rita.save()
    assert rita.head(path, headers=known).status_code == 200


def test_before_the_first_list(cast: SimpleNamespace, rita: Client) -> None:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="x", environment="sandbox", account_id="A"
    )

    assert table(rita.get(f"/c/{connection.slug}/images.csv")) == []
    assert rita.get(f"/c/{connection.slug}/compare.csv").status_code == 404
    assert rita.get(f"/c/{connection.slug}/snapshots/1.csv").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "q=ubuntu", "type=ceph&sort=-id", "status=withdrawn", "q=nothing"]
)
def test_ids_alone_are_those_of_the_page_one_a_line(cat: Catalog, rita: Client, query: str) -> None:
    page = rita.get(f"/c/{cat.slug}/images/?{query}")
    answer = rita.get(f"/c/{cat.slug}/images.txt?{query}")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert re.search(
        r'attachment; filename="xdportal-\S+-image-ids-\S+\.txt"',
        answer.headers["Content-Disposition"],
    )
    assert body(answer).decode().split("\n") == [
        *(row.listing.item_id for row in page.context["rows"]),
        "",
    ]


def test_an_id_with_differing_contents_is_exported_once_as_an_id(
    cat: Catalog, rita: Client
) -> None:
    give(cat, [item("10"), item("10", version="22.04"), item("9"), item("7")], timezone.now())

    assert body(rita.get(f"/c/{cat.slug}/images.txt?status=available")) == b"7\n9\n10\n"
