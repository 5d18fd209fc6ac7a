"""Where what changed leads to: bars, weeks, legends, checks, prices, other accounts."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from tests.items import fail, give, item, items, package
from tests.reading import html_of
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages import change_log
from xdportal.connections.models import Connection
from xdportal.provider.errors import Busy, Details


def connect(cast: SimpleNamespace, name: str, kind: str = "images") -> Catalog:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name=name, environment="production", account_id=name
    )
    return connection.catalogs.get(kind=kind)


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    return connect(cast, "Main")


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.rita)
    return client


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


class TestChart:
    def test_a_bar_leads_to_its_day_a_week_and_the_legend_to_theirs(
        self, cat: Catalog, rita: Client
    ) -> None:
        give(cat, items("123"), ago(days=9))
        give(cat, items("124"), ago(days=3))
        page = html_of(rita.get(f"/c/{cat.slug}/changes/?q=ubuntu&days=7"))
        day = f"{timezone.localtime(ago(days=3)):%Y-%m-%d}"
        first = f"{timezone.localtime(ago(days=29)):%Y-%m-%d}"
        week = f"{timezone.localtime(ago(days=23)):%Y-%m-%d}"

        assert f'href="?q=ubuntu&amp;since={day}&amp;until={day}" tabindex="-1"' in page
        assert f'href="?q=ubuntu&amp;since={first}&amp;until={week}"' in page
        assert '<a href="?q=ubuntu&amp;kind=added&amp;days=30">1 added</a>' in page

    def test_a_check_that_stands_out_leads_to_its_page(self, cat: Catalog, rita: Client) -> None:
        give(cat, items("123"), ago(hours=3))
        quiet = give(cat, items("123"), ago(hours=2)).check
        failed = fail(cat, Busy("", Details(200, 1005)), ago(hours=1)).check
        page = html_of(rita.get(f"/c/{cat.slug}/images/"))

        assert f'<a href="/c/{cat.slug}/checks/{failed.pk}/" tabindex="-1">' in page
        assert f'<a href="/c/{cat.slug}/checks/{quiet.pk}/" tabindex="-1">' not in page
        assert f'<a href="/c/{cat.slug}/snapshots/">Checks' in page


class TestReused:
    def test_an_id_that_came_back_as_something_else_says_so_in_the_change_lines(
        self, cat: Catalog, rita: Client
    ) -> None:
        give(cat, [item("1"), *items("23")], ago(hours=4))
        give(cat, items("23"), ago(hours=3))
        give(cat, [item("1", name="CentOS"), *items("23")], ago(hours=2))
        page = rita.get(f"/c/{cat.slug}/changes/")
        shown = " ".join(html_of(page).split())

        assert page.context["log"].grades == [("reused", 1), ("withdrawn", 1)]
        assert "<del>Ubuntu Server 20.04 x64" in shown
        assert "<ins>CentOS 20.04 x64" in shown

    def test_one_that_came_back_as_it_was_only_came_back(self, cat: Catalog, rita: Client) -> None:
        give(cat, items("123"), ago(hours=4))
        give(cat, items("23"), ago(hours=3))
        give(cat, items("123"), ago(hours=2))
        page = rita.get(f"/c/{cat.slug}/changes/?days=1")

        assert page.context["log"].grades == [("withdrawn", 1), ("returned", 1)]


def test_a_long_span_offers_its_grades_without_numbers(
    cat: Catalog, rita: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(cat, items(range(30)), ago(hours=4))
    give(cat, items(range(30), version="v2"), ago(hours=3))
    monkeypatch.setattr(change_log, "FEW", 10)
    page = rita.get(f"/c/{cat.slug}/changes/")
    choices = [grade for grade, number in page.context["log"].choices if number is None]

    assert choices == ["system", "type", "reused", "withdrawn", "version", "added", "returned"]
    assert 'id="grade-system"' in html_of(page)


class TestInstead:
    @pytest.fixture
    def withdrawn(self, cat: Catalog) -> Catalog:
        give(cat, [item("1"), *items("23", name="CentOS")], ago(days=9))
        give(cat, items("23", name="CentOS"), ago(days=1))
        return cat

    def test_where_no_other_account_reads_images_there_is_no_choice(
        self, withdrawn: Catalog, rita: Client
    ) -> None:
        page = html_of(rita.get(f"/c/{withdrawn.slug}/images/1/"))

        assert "This account lists no similar image." in page
        assert "All accounts" not in page

    def test_all_accounts_of_the_team_are_looked_at_when_asked(
        self, withdrawn: Catalog, cast: SimpleNamespace, rita: Client
    ) -> None:
        other, foreign = connect(cast, "Other"), connect(cast, "Foreign")
        foreign.connection.team = cast.stefan.memberships.get().team
        foreign.connection.save()
        for catalog in (other, foreign):
            give(
                catalog, [item("1"), item("9", type="SC"), item("8", version="22.04")], ago(days=1)
            )
        here = rita.get(f"/c/{withdrawn.slug}/images/1/")
        everywhere = rita.get(f"/c/{withdrawn.slug}/images/1/?accounts=all")
        found = [
            (one.catalog.slug, one.replacement.image.id, one.replacement.reason)
            for one in everywhere.context["elsewhere"]
        ]

        assert "All accounts" in html_of(here)
        assert here.context["elsewhere"] == []
        assert found == [
            (other.slug, "1", "same"),
            (other.slug, "8", "later"),
            (other.slug, "9", "other-type"),
        ]
        assert f'href="/c/{other.slug}/images/1/"' in html_of(everywhere)


def test_a_comparison_is_named_by_its_times(cat: Catalog, rita: Client) -> None:
    give(cat, items("123"), ago(days=3))
    give(cat, items("124"), ago(days=1))
    first, second = cat.snapshots.order_by("number")
    page = " ".join(html_of(rita.get(f"/c/{cat.slug}/compare/")).split())
    times = [f"{timezone.localtime(one.taken_at):%Y-%m-%d %H:%M}" for one in (first, second)]

    assert f"<title>{times[0]} → {times[1]} · Compare" in page
    heading = re.search('<h2 id="pair".*?</h2>', page)
    assert heading is not None
    assert strip_tags(heading[0]).replace(" ", "") == f"{times[0]}(#1)→{times[1]}(#2)".replace(
        " ", ""
    )


def test_a_price_leads_to_the_list_it_began_with(cast: SimpleNamespace, rita: Client) -> None:
    packages = connect(cast, "Main", "packages-payg")
    give(packages, [package("7001", "1.10"), package("7002")], ago(days=3))
    give(packages, [package("7001", "1.25"), package("7002")], ago(days=1))
    page = html_of(rita.get(f"/c/{packages.slug}/packages-payg/items/7001/"))

    assert f'href="/c/{packages.slug}/packages-payg/snapshots/2/"' in page
