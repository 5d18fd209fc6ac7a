"""The pages of packages and personal images: what differs from those of images."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, item, package, personal
from tests.reading import html_of
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


@pytest.fixture
def connection(cast: SimpleNamespace) -> Connection:
    return Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )


@pytest.fixture
def payg(connection: Connection) -> Catalog:
    return connection.catalogs.get(kind="packages-payg")


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.rita)
    return client


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


def ids(page: Any) -> list[str]:
    return [row.listing.item_id for row in page.context["rows"]]


PACKAGES = [
    package("a", "1.10"),
    package("b", "9", gpuName=None, gpuNumber=0, type="ceph"),
    package("c", "10.5", area="7"),
]


class TestPackages:
    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("", ["a", "b", "c"]),
            ("sort=price", ["a", "b", "c"]),
            ("sort=-price", ["c", "b", "a"]),
            ("min=9", ["b", "c"]),
            ("max=9.00", ["a", "b"]),
            ("min=1.1&max=1.1", ["a"]),
            ("min=nonsense&max=1e999999&min=", ["a", "b", "c"]),
            ("gpu=", ["b"]),
            ("gpu=RTX 4090&type=BL", ["a", "c"]),
            ("area=7", ["c"]),
            ("machine_type=2&q=gpu", ["a", "b", "c"]),
            ("q=4090", ["a", "c"]),
        ],
    )
    def test_filters_and_orders(
        self, payg: Catalog, rita: Client, query: str, wanted: list[str]
    ) -> None:
        give(payg, PACKAGES, ago(hours=1))

        assert ids(rita.get(f"/c/{payg.slug}/packages-payg/?{query}")) == wanted

    def test_a_price_is_shown_with_every_digit_and_its_line(
        self, payg: Catalog, rita: Client
    ) -> None:
        give(payg, [package("a", "1.10"), package("b", "0.1234567")], ago(days=20))
        give(payg, [package("a", "1.25"), package("b", "0.1234567")], ago(days=2))
        page = rita.get(f"/c/{payg.slug}/packages-payg/")
        row = page.context["rows"][0]

        assert [(note.grade, note.was) for note in row.notes] == [("up", "1.10")]
        assert (str(row.line[0]), str(row.line[-1])) == ("1.1", "1.25")
        assert "<b>1.25</b>" in html_of(page)
        assert "<b>0.1234567</b>" in html_of(page)
        assert 'aria-label="Price in 30 days: from 1.10 to 1.25"' in html_of(page)
        assert 'aria-label="Price 0.1234567 for 30 days"' in html_of(page)

    def test_of_many_changes_two_are_shown_and_the_others_counted(
        self, payg: Catalog, rita: Client
    ) -> None:
        for number, price in enumerate(["1", "2", "3", "4", "5"]):
            give(payg, [package("a", price)], ago(hours=9 - number))
        page = html_of(rita.get(f"/c/{payg.slug}/packages-payg/"))

        shown = [price in page for price in ("was 4.00", "was 3.00", "was 2.00")]
        assert shown == [True, True, False]
        assert "2 earlier changes" in page

    def test_the_same_price_in_another_spelling_is_no_change(
        self, payg: Catalog, rita: Client
    ) -> None:
        for at, price in ((3, "1.10"), (2, 1.1), (1, "1.1")):
            give(payg, [package("a", price)], ago(days=at))

        assert payg.snapshots.count() == 1

    def test_the_two_lists_are_one_switch(self, connection: Connection, rita: Client) -> None:
        give(connection.catalogs.get(kind="packages-payg"), [package("a", "1.10")], ago(hours=1))
        give(connection.catalogs.get(kind="packages-rental"), [package("a", "0.9")], ago(hours=1))
        page = rita.get(f"/c/{connection.slug}/packages-rental/")
        one = rita.get(f"/c/{connection.slug}/packages-payg/items/a/")

        assert [(str(t.label), t.count, t.is_current) for t in page.context["billing"]] == [
            ("By the hour", 1, False),
            ("For a period", 1, True),
        ]
        assert "For a period: 0.90" in html_of(one)

    def test_a_package_shows_its_prices_newest_first(self, payg: Catalog, rita: Client) -> None:
        with time_machine.travel("2026-03-20 12:00Z", tick=False):
            for days, rows in (
                (40, [package("a", "1.05")]),
                (12, [package("a", "1.10")]),
                (9, []),
                (8, [package("a", "1.10")]),
                (2, [package("a", "1.25", cpuNumber=16)]),
            ):
                give(
                    payg,
                    [*rows, package("z", "1"), *(package(str(n)) for n in range(9))],
                    ago(days=days),
                )
            page = rita.get(f"/c/{payg.slug}/packages-payg/items/a/")

        prices = [(row.price, row.grade, row.share) for row in page.context["prices"]]
        assert prices == [
            ("1.25", "up", "+13.6 %"),
            ("1.1", None, ""),
            ("", None, ""),
            ("1.1", "up", "+4.8 %"),
            ("1.05", None, ""),
        ]
        assert page.context["plot"].words == (
            "Price an hour: 1.05, 1.10 since 2026-03-08, 1.10 since 2026-03-12, 1.25 since "
            "2026-03-18"
        )
        assert page.context["verdict"].grade == "hardware"
        assert "CPU 8 → 16 · price 1.10 → 1.25 (+13.6 %)" in html_of(page)

    def test_queries_do_not_grow_with_the_rows(self, payg: Catalog, rita: Client) -> None:
        give(payg, [package("p0", "2")], ago(days=1))
        counts = []
        for number in (1, 3):
            give(
                payg,
                [package(f"p{n}", "1", name=str(number)) for n in range(number)],
                timezone.now(),
            )
            rita.get(f"/c/{payg.slug}/packages-payg/")
            with CaptureQueriesContext(database) as counted:
                rita.get(f"/c/{payg.slug}/packages-payg/")
            counts.append(len(counted))

        assert counts[0] == counts[1] <= 20

    def test_five_thousand_fit_a_page(self, payg: Catalog, rita: Client) -> None:
        give(payg, [package(f"p{n}", str(n / 100)) for n in range(5000)], ago(hours=1))
        page = rita.get(f"/c/{payg.slug}/packages-payg/?sort=-price&q=gpu")

        assert ids(page)[0] == "p4999"
        assert len(page.content) < 100_000

    @pytest.mark.parametrize(
        "page", ["changes/", "snapshots/", "snapshots/1/", "compare/", "compare/?from=1&only=all"]
    )
    def test_its_history_has_the_same_pages(self, payg: Catalog, rita: Client, page: str) -> None:
        give(payg, PACKAGES, ago(days=2))
        give(payg, [package("a", "1.25"), *PACKAGES[1:]], ago(days=1))

        assert rita.get(f"/c/{payg.slug}/packages-payg/{page}").status_code == 200

    def test_a_change_of_price_is_one_sentence(self, payg: Catalog, rita: Client) -> None:
        give(payg, [package("a", "1.10")], ago(days=2))
        give(payg, [package("a", "1.25")], ago(days=1))
        exported = json.loads(rita.get(f"/c/{payg.slug}/packages-payg/changes.json").getvalue())

        assert [change["sentence"] for change in exported["changes"]] == [
            "a changed: price 1.10 → 1.25 (+13.6 %)"
        ]
        assert exported["changes"][0]["fields"] == [
            {"name": "price", "before": "1.1", "after": "1.25"}
        ]

    def test_exports_take_the_filter(self, payg: Catalog, rita: Client) -> None:
        give(payg, PACKAGES, ago(hours=1))
        lines = (
            rita.get(f"/c/{payg.slug}/packages-payg.csv?max=5")
            .getvalue()
            .decode("utf-8-sig")
            .splitlines()
        )

        assert lines[0] == (
            "id,name,type,gpu,gpu_count,cpu,memory,disk,bandwidth,area,machine_type,use_type,price,discount,"
            "status,first_seen,last_change"
        )
        assert [line.split(",")[0] for line in lines[1:]] == ["a"]
        assert rita.get(f"/c/{payg.slug}/packages-payg.txt?min=9").getvalue() == b"b\nc\n"


class TestPersonal:
    def test_states_are_words_and_say_since_when(
        self, connection: Connection, rita: Client
    ) -> None:
        mine = connection.catalogs.get(kind="personal")
        give(
            mine,
            [personal("u", 1), personal("e", 1), personal("n", 0), personal("x", 7)],
            ago(days=10),
        )
        give(
            mine,
            [personal("u", 1), personal("e", 3), personal("n", 2), personal("x", 7)],
            ago(days=1),
        )
        page = rita.get(f"/c/{connection.slug}/personal/")
        html = html_of(page)

        assert {
            row.listing.item_id: (timezone.now() - row.since).days for row in page.context["rows"]
        } == {
            "u": 10,
            "e": 1,
            "n": 1,
            "x": 10,
        }
        assert '<span class="tag crit"><span aria-hidden="true">×</span>Expired</span>' in html
        assert '<span class="tag add">Usable</span>' in html
        assert '<span class="tag">7</span>' in html
        assert "The provider publishes no expiry date" in html
        assert "2023-11-1" in html
        assert ids(rita.get(f"/c/{connection.slug}/personal/?state=3")) == ["e"]

    def test_an_expired_one_says_so_first(self, connection: Connection, rita: Client) -> None:
        mine = connection.catalogs.get(kind="personal")
        give(mine, [personal("e", 1)], ago(days=10))
        give(mine, [personal("e", 3)], ago(days=1))
        page = rita.get(f"/c/{connection.slug}/personal/items/e/")

        assert page.context["verdict"].grade == "expired"
        assert "No host can be created from it any more." in html_of(page)
        assert str(2**53 + 1) in html_of(page)

    def test_copy_gives_the_id_and_never_the_number_of_the_image(
        self, connection: Connection, rita: Client
    ) -> None:
        give(connection.catalogs.get(kind="personal"), [personal("mine")], ago(days=1))

        assert 'data-copy="mine"' in html_of(rita.get(f"/c/{connection.slug}/personal/"))
        assert rita.get(f"/c/{connection.slug}/personal.txt").getvalue() == b"mine\n"


class TestTrouble:
    def test_a_denied_list_says_so_in_its_own_place(
        self, connection: Connection, rita: Client
    ) -> None:
        for catalog in connection.catalogs.exclude(kind="personal"):
            give(
                catalog, [item("1")] if catalog.kind == "images" else [package("1")], ago(minutes=5)
            )
        connection.catalogs.filter(kind="personal").update(problem="denied", latest_check=None)
        mine = html_of(rita.get(f"/c/{connection.slug}/personal/"))
        images = html_of(rita.get(f"/c/{connection.slug}/images/"))

        assert "This list cannot be read" in mine
        assert "The other lists of the connection are read as before." in mine
        assert "This list cannot be read" not in images
        assert "Up to date" in images

    def test_a_list_that_is_switched_off_says_so(
        self, connection: Connection, rita: Client
    ) -> None:
        connection.catalogs.filter(kind="personal").update(enabled=False)

        assert "This list is switched off" in html_of(rita.get(f"/c/{connection.slug}/personal/"))
