"""The pages of a list of images and of one image: what they show, refuse and cost."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.catalog.conftest import ago, new_catalog
from tests.items import give, item, items
from tests.reading import html_of
from xdportal.catalog.models import Catalog

ODD_IDS = ["a/b?c", ".", "..", "<script>alert(1)</script>", "空 格", "%2F", "~4005", "a b"]


def ids(page: Any) -> list[str]:
    return [row.listing.item_id for row in page.context["rows"]]


def notes(page: Any) -> dict[str, list[tuple[str, str]]]:
    rows = page.context["rows"]
    return {
        row.listing.item_id: [(note.grade.value, note.was) for note in row.notes] for row in rows
    }


def facet(page: Any, wanted: str, place: int = 0) -> list[tuple[str, int, bool]]:
    found = [facet for facet in page.context["facets"] if facet.name == wanted][place]
    return [(value.value, value.count, value.chosen) for value in found.values]


class TestImages:
    def test_lists_what_can_be_booted_in_the_order_of_numbers(
        self, history: Catalog, olga: Client
    ) -> None:
        page = olga.get(f"/c/{history.slug}/images/")

        assert ids(page) == ["7", "9", "10"]
        assert [row.status for row in page.context["rows"]] == ["new", "changed", ""]
        assert notes(page) == {"7": [("added", "")], "9": [("version", "20.04 x64")], "10": []}

    def test_what_happened_is_said_whole_and_the_latest_first(
        self, cat: Catalog, olga: Client
    ) -> None:
        give(cat, items(["1", "2", "3", "4"]), ago(days=30))
        give(cat, items(["1", "2", "4"]), ago(days=5))
        given = [item("1", type="SC"), item("2"), item("3"), item("4"), item("5")]
        give(cat, given, ago(days=4))
        given[4] = item("5", version="22.04 x64")
        given[3] = item("4", version="20.04  X86_64")
        give(cat, given, ago(days=2))
        page = olga.get(f"/c/{cat.slug}/images/")

        assert notes(page) == {
            "1": [("type", "BL")],
            "2": [],
            "3": [("returned", "")],
            "4": [("spelling", "20.04 x64")],
            "5": [("version", "20.04 x64"), ("added", "")],
        }
        assert [row.status for row in page.context["rows"]] == [
            "changed",
            "",
            "returned",
            "changed",
            "changed",
        ]

    def test_an_id_that_came_back_as_something_else_was_reused(
        self, cat: Catalog, olga: Client
    ) -> None:
        give(cat, items(["1", "2"]), ago(days=30))
        give(cat, items(["2"]), ago(days=5))
        give(cat, [item("1", name="CentOS"), item("2")], ago(days=4))

        assert notes(olga.get(f"/c/{cat.slug}/images/"))["1"] == [
            ("reused", "Ubuntu Server 20.04 x64 (BL)")
        ]

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("q=22.04", ["9"]),
            ("q=ubuntu 9", ["9"]),
            ("q=ceph", ["7"]),
            ("q=  ", ["7", "9", "10"]),
            ("q=nothing", []),
            ("type=ceph", ["7"]),
            ("type=ceph&type=BL", ["7", "9", "10"]),
            ("type=ceph&system=CentOS", []),
            ("type=ceph&system=CentOS&status=withdrawn", ["8"]),
            ("status=available&status=withdrawn", ["7", "8", "9", "10"]),
            ("status=returned", []),
            ("status=available", ["7", "9", "10"]),
            ("status=new", ["7"]),
            ("status=changed", ["9"]),
            ("status=withdrawn", ["8"]),
            ("status=new&status=withdrawn", ["7", "8"]),
            ("status=nonsense", ["7", "9", "10"]),
            ("sort=-id", ["10", "9", "7"]),
            ("sort=type", ["9", "10", "7"]),
            ("sort=system", ["10", "7", "9"]),
            ("sort=nonsense&page=99", ["7", "9", "10"]),
        ],
    )
    def test_the_query_filters_and_sorts(
        self, history: Catalog, olga: Client, query: str, wanted: list[str]
    ) -> None:
        assert ids(olga.get(f"/c/{history.slug}/images/?{query}")) == wanted

    def test_a_further_record_of_an_id_is_a_change_and_no_return(
        self, cat: Catalog, olga: Client
    ) -> None:
        give(cat, items(["1", "2"]), ago(days=30))
        give(cat, [item("1"), item("1", version="22.04 x64"), item("2")], ago(hours=1))
        path = f"/c/{cat.slug}/images/"

        assert [row.status for row in olga.get(path).context["rows"]] == ["changed", "changed", ""]
        assert ids(olga.get(f"{path}?status=changed")) == ["1"]
        assert ids(olga.get(f"{path}?status=returned")) == []

    def test_each_word_is_searched_once_and_eight_at_most(
        self, history: Catalog, olga: Client
    ) -> None:
        with CaptureQueriesContext(connection) as counted:
            words = {"q": "u b u " * 30 + "n t s e r v x y z", "status": ["available", "withdrawn"]}
            olga.get(f"/c/{history.slug}/images/", words)
        searches = [query["sql"] for query in counted if "LIKE" in query["sql"]]

        assert searches != []
        # Four columns a word, in two parts of a union.
        assert max(sql.count("LIKE") for sql in searches) <= 2 * 8 * 4

    def test_facet_counts_are_of_the_other_facets_result(
        self, history: Catalog, olga: Client
    ) -> None:
        page = olga.get(f"/c/{history.slug}/images/?type=ceph&q=ubuntu")

        assert facet(page, "type") == [("BL", 2, False), ("ceph", 1, True)]
        assert facet(page, "system") == [("Ubuntu Server", 1, False)]
        assert facet(page, "status") == [("available", 1, True), ("withdrawn", 0, False)]
        assert facet(page, "status", 1) == [
            ("new", 1, False),
            ("returned", 0, False),
            ("changed", 0, False),
        ]

    def test_withdrawn_images_are_shown_and_copied_only_where_they_are_asked_for(
        self, cat: Catalog, olga: Client
    ) -> None:
        give(cat, items(["1", "2"]), ago(days=30))
        give(cat, items(["1"]), ago(hours=1))
        shown = {
            query: olga.get(f"/c/{cat.slug}/images/?{query}") for query in ("", "status=withdrawn")
        }

        assert {query: ids(page) for query, page in shown.items()} == {
            "": ["1"],
            "status=withdrawn": ["2"],
        }
        assert "1 formerly listed image is withdrawn." in html_of(shown[""])
        assert "incl. 1 withdrawn" in html_of(shown["status=withdrawn"])
        assert olga.get(f"/c/{cat.slug}/images.txt").getvalue() == b"1\n"
        both = olga.get(f"/c/{cat.slug}/images.txt?status=available&status=withdrawn")
        assert both.getvalue() == b"1\n2\n"

    def test_an_image_that_came_back_is_not_withdrawn(self, cat: Catalog, olga: Client) -> None:
        for days, rows in ((30, ["1", "2"]), (3, ["1"]), (2, ["1", "2"])):
            give(cat, items(rows), ago(days=days))

        assert ids(olga.get(f"/c/{cat.slug}/images/?status=withdrawn")) == []
        assert ids(olga.get(f"/c/{cat.slug}/images/")) == ["1", "2"]

    def test_fifty_a_page_and_the_filter_stays_in_the_links(
        self, cat: Catalog, olga: Client
    ) -> None:
        give(cat, items(range(1, 121)), ago(hours=1))
        page = olga.get(f"/c/{cat.slug}/images/?q=ubuntu&page=2")

        assert ids(page) == [str(number) for number in range(51, 101)]
        assert 'href="?q=ubuntu&amp;page=3"' in page.content.decode()

    def test_a_catalog_without_a_list_says_so(self, cat: Catalog, olga: Client) -> None:
        assert "No list yet" in olga.get(f"/c/{cat.slug}/images/").content.decode()

    @pytest.mark.parametrize("image_id", ODD_IDS)
    def test_odd_ids_have_a_page_reached_from_their_own_link(
        self, cat: Catalog, olga: Client, image_id: str
    ) -> None:
        give(cat, [*items(range(39)), item(image_id)], ago(hours=1))
        listing = olga.get(f"/c/{cat.slug}/images/").content.decode()
        hrefs = re.findall(r'<a class="iid" href="([^"]+)">', listing)
        pages = [olga.get(href) for href in hrefs]

        assert len(hrefs) == 40
        assert [page.status_code for page in pages] == [200] * 40
        assert image_id in [page.context["timeline"].item_id for page in pages]
        assert "<script>alert" not in listing

    def test_queries_do_not_grow_with_the_rows(self, cast: SimpleNamespace, olga: Client) -> None:
        counts = []
        for number in (1, 3, 60):
            catalog = new_catalog(cast, f"c{number}")
            give(catalog, items(range(number)), ago(days=20))
            give(catalog, [item(n, version="new") for n in range(number)], ago(hours=1))
            for path in (
                "images/",
                "images/?q=u&type=BL&status=changed",
                "snapshots/1/",
                "changes/",
                "compare/",
            ):
                olga.get(f"/c/{catalog.slug}/{path}")
                with CaptureQueriesContext(connection) as counted:
                    olga.get(f"/c/{catalog.slug}/{path}")
                counts.append((path, len(counted)))

        assert counts[5:10] == counts[:5]
        assert counts[10:] == counts[:5]
        assert max(number for _, number in counts) <= 21


class TestOneImage:
    def test_its_life(self, cat: Catalog, olga: Client) -> None:
        give(cat, items(["1", "2"]), ago(days=9))
        give(cat, items(["2"]), ago(days=8))
        give(cat, items(["1", "2"]), ago(days=5))
        give(cat, [item("1", version="22.04 x64"), item("2")], ago(days=1))
        page = olga.get(f"/c/{cat.slug}/images/1/")
        life = page.context["timeline"]

        assert [(e.snapshot.number, e.change.kind) for e in life.moments] == [
            (4, "changed"),
            (3, "returned"),
            (2, "removed"),
            (1, "added"),
        ]
        assert life.moments[1].absent.days in (2, 3)
        assert (life.snapshots_with, life.snapshots_in_all, life.spans) == (3, 4, [(1, 2), (3, 5)])
        assert (
            "after 3 d of absence" in page.content.decode()
            or "after 2 d of absence" in page.content.decode()
        )

    @pytest.mark.parametrize(
        "part", ["4711", "~", "~!!!", "~/w", "a%2Fb", "~AA", "~YQBi", "~" + "A" * 900]
    )
    def test_an_id_that_was_never_listed_is_absent(
        self, history: Catalog, olga: Client, part: str
    ) -> None:
        assert olga.get(f"/c/{history.slug}/images/{part}/").status_code == 404
