"""What rows of lists share is found once, and reads as if each row had asked for it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import RequestFactory
from django.utils import timezone, translation

from tests.items import image
from xdportal.catalog import addresses
from xdportal.catalog.pages.pairs import Cheapest
from xdportal.catalog.pages.query import ItemQuery
from xdportal.catalog.templatetags.catalog import OfferLinks, sort_chip, sort_header
from xdportal.lib.templatetags.portal import day, icon, stamp

IDS = ["4001", "0", "a.b-c_d", "..", "a b/c", "图", "~x", 'q"<&']
NIGHT = datetime(2026, 1, 1, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["images", "packages-payg"])
@pytest.mark.parametrize("slug", ["main", "0", "c-0-0"])
def test_addresses_are_those_that_are_resolved_one_by_one(kind: str, slug: str) -> None:
    url_of = addresses.item_urls(slug, kind)

    assert [url_of(item_id) for item_id in IDS] == [
        addresses.item_url(slug, kind, item_id) for item_id in IDS
    ]


@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Shanghai", "2026-01-02"), ("America/Lima", "2026-01-01")]
)
def test_a_day_is_that_of_the_reader(zone: str, shown: str) -> None:
    for _twice in range(2):
        with timezone.override(ZoneInfo(zone)):
            assert f">{shown}</time>" in day(NIGHT)
            assert f">{shown} " in stamp(NIGHT)


class TestOffers:
    def link(self, offers: dict[str, Cheapest], item_id: str = "a/b") -> str:
        row: Any = image(item_id)
        listing: Any = type("Listing", (), {"item_id": item_id, "type": row.type})
        links = OfferLinks(offers, "/c/main/pairs/")
        assert links.draw(listing) == links.draw(listing)
        return links.draw(listing)

    def test_number_and_lowest_price(self) -> None:
        assert self.link({"BL": Cheapest(1200, Decimal("0.50"))}) == (
            '<a class="num" href="/c/main/pairs/?image=a%2Fb">1,200 from 0.50</a>'
        )

    def test_without_a_price(self) -> None:
        assert self.link({"BL": Cheapest(3, None)}, "1") == (
            '<a class="num" href="/c/main/pairs/?image=1">3</a>'
        )

    def test_no_package(self) -> None:
        assert self.link({}) == '<span class="muted">none</span>'

    def test_in_the_language_of_the_reader(self) -> None:
        with translation.override("zh-hans"):
            assert "from" not in self.link({"BL": Cheapest(3, Decimal(1))})


class TestSorting:
    def context(self, query: str, sort: str) -> dict[str, Any]:
        request = RequestFactory().get(f"/c/main/images/?{query}")
        return {"request": request, "query": ItemQuery(sort=sort)}

    def test_a_header_keeps_the_query_and_leaves_the_page(self) -> None:
        drawn = sort_header(self.context("q=a%26b&page=2&sort=id", "id"), "id", "Image <ID>")

        assert drawn == (
            '<th scope="col" role="columnheader" aria-sort="ascending">'
            '<a id="sort-id" hx-boost="true" href="?q=a%26b&amp;sort=-id">Image &lt;ID&gt;'
            f"{icon('up')}</a></th>"
        )

    def test_a_column_that_is_not_sorted_by(self) -> None:
        drawn = sort_header(self.context("", "id"), "changed", "Changed", "hide-s")

        assert drawn == (
            '<th scope="col" role="columnheader" aria-sort="none" class="hide-s">'
            '<a id="sort-changed" hx-boost="true" href="?sort=-changed">Changed'
            f"{icon('sort')}</a></th>"
        )

    def test_a_chip_says_whether_it_is_the_current_one(self) -> None:
        context = self.context("sort=-seen", "-seen")

        assert sort_chip(context, "seen", "First seen") == (
            '<a class="chip" id="by-seen" hx-boost="true" href="?sort=seen" aria-current="true">'
            f"First seen{icon('down-arrow')}</a>"
        )
        assert "aria-current" not in sort_chip(context, "id", "ID")
