"""Changes over a span: filtered, graded, page by page, of one list and of a team."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, item, items, package
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages import change_log
from xdportal.connections.models import Connection


@pytest.fixture
def connection(cast: SimpleNamespace) -> Connection:
    return Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )


@pytest.fixture
def cat(connection: Connection) -> Catalog:
    return connection.catalogs.get(kind="images")


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.rita)
    return client


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


def shown(page: Any) -> list[tuple[int, list[str]]]:
    entries = [entry for day in page.context["days"] for entry in day.entries]
    return [
        (entry.snapshot.number, [line.change.item_id for line in entry.lines]) for entry in entries
    ]


def busy(cat: Catalog, changes: int = 30, times: int = 4) -> None:
    """A list that changes as a whole, so many times."""
    for step in range(times + 1):
        give(cat, items(range(1, changes + 1), version=f"v{step}"), ago(hours=times - step + 1))


class TestPages:
    def test_lines_are_paged_across_snapshots(self, cat: Catalog, rita: Client) -> None:
        busy(cat)
        first = rita.get(f"/c/{cat.slug}/changes/")
        last = rita.get(f"/c/{cat.slug}/changes/?page=4")

        assert first.context["page"].paginator.count == 4 * 30 + 1
        assert [(number, len(ids)) for number, ids in shown(first)] == [(5, 30), (4, 10)]
        assert [(number, len(ids)) for number, ids in shown(last)] == [(1, 0)]

    def test_a_long_span_reads_only_what_a_page_shows(
        self, cat: Catalog, rita: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        busy(cat)
        whole = [shown(rita.get(f"/c/{cat.slug}/changes/?page={page}")) for page in (1, 2, 3, 4)]
        monkeypatch.setattr(change_log, "FEW", 60)
        page = rita.get(f"/c/{cat.slug}/changes/?page=2")

        assert [
            shown(rita.get(f"/c/{cat.slug}/changes/?page={number}")) for number in (1, 2, 3, 4)
        ] == whole
        assert page.context["log"].grades == []
        assert page.context["page"].paginator.count == 4 * 30 + 1

    def test_a_filter_of_a_long_span_finds_the_same(
        self, cat: Catalog, rita: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        busy(cat, times=2)
        give(cat, [item("7", name="CentOS"), *items(range(8, 31), version="v2")], ago(minutes=5))
        queries = ("q=centos", "image=7", "grade=system", "kind=removed&q=3", "q=nothing")
        small = {query: shown(rita.get(f"/c/{cat.slug}/changes/?{query}")) for query in queries}
        monkeypatch.setattr(change_log, "FEW", 10)

        assert {
            query: shown(rita.get(f"/c/{cat.slug}/changes/?{query}")) for query in queries
        } == small
        assert small["q=centos"] == [(4, ["7"])]

    def test_a_search_that_is_cut_short_says_so(
        self, cat: Catalog, rita: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        busy(cat)
        monkeypatch.setattr(change_log, "FEW", 10)
        monkeypatch.setattr(change_log, "MOST_SEARCHED", 30)
        monkeypatch.setattr(change_log, "AT_ONCE", 1)
        page = rita.get(f"/c/{cat.slug}/changes/?grade=version")

        assert page.context["page"].paginator.count == 30
        assert "Only the latest changes were searched." in page.content.decode()

    def test_beyond_the_snapshots_that_are_paged_the_last_page_says_so(
        self, cat: Catalog, rita: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        busy(cat)
        whole = shown(rita.get(f"/c/{cat.slug}/changes/"))
        monkeypatch.setattr(change_log, "MOST_PAGED", 3)
        first, last = (rita.get(f"/c/{cat.slug}/changes/?page={page}") for page in (1, 3))
        note = "Only the latest changes are listed."

        assert first.context["page"].paginator.count == 3 * 30
        assert shown(first) == whole
        assert [note in page.content.decode() for page in (first, last)] == [False, True]

    def test_a_change_of_most_ids_is_one_line_that_leads_to_the_comparison(
        self, cat: Catalog, rita: Client
    ) -> None:
        give(cat, items(range(1200)), ago(hours=2))
        give(cat, items(range(1200), version="v2"), ago(hours=1))
        page = rita.get(f"/c/{cat.slug}/changes/")

        assert shown(page) == [(2, []), (1, [])]
        assert "1,200 more changes" in page.content.decode()
        exported = json.loads(rita.get(f"/c/{cat.slug}/changes.json").getvalue())
        assert len(exported["changes"]) == 1200

    def test_no_page_is_heavy(self, cat: Catalog, rita: Client) -> None:
        for step in range(70):
            give(
                cat,
                [item("1", name="长" * 60, version=f"{'版' * 60}{step}"), item("2")],
                ago(hours=71 - step),
            )

        assert len(rita.get(f"/c/{cat.slug}/changes/").content) < 100_000


class TestSpans:
    def test_by_length_and_by_dates(self, cat: Catalog, rita: Client) -> None:
        for days, version in ((40, "a"), (20, "b"), (3, "c"), (0, "d")):
            give(cat, [item("1", version=version)], ago(days=days))
        day = f"{timezone.localtime(ago(days=20)):%Y-%m-%d}"
        found = {
            query: [number for number, _ids in shown(rita.get(f"/c/{cat.slug}/changes/?{query}"))]
            for query in ("", "days=30", "days=7", "days=1", "days=all", f"since={day}&until={day}")
        }

        assert found[""] == found["days=all"] == [4, 3, 2, 1]
        assert (found["days=30"], found["days=7"], found["days=1"]) == ([4, 3, 2], [4, 3], [4])
        assert found[f"since={day}&until={day}"] == [2]

    def test_grades_are_counted_for_the_span_and_the_day(self, cat: Catalog, rita: Client) -> None:
        give(cat, items("123"), ago(days=3))
        give(cat, [item("1", type="SC"), item("2", version="22.04"), item("4")], ago(hours=1))
        page = rita.get(f"/c/{cat.slug}/changes/?days=1")
        counts = [("type", 1), ("withdrawn", 1), ("version", 1), ("added", 1)]

        assert page.context["log"].grades == counts
        assert page.context["days"][0].grades == counts


class TestTeam:
    @pytest.fixture
    def moved(self, connection: Connection) -> Connection:
        packages = connection.catalogs.get(kind="packages-payg")
        give(connection.catalogs.get(kind="images"), items("12"), ago(days=2))
        give(connection.catalogs.get(kind="images"), items("1"), ago(hours=2))
        give(packages, [package("p", "1")], ago(days=2))
        give(packages, [package("p", "2")], ago(hours=1))
        return connection

    @pytest.mark.parametrize(
        ("query", "grades"),
        [
            ("days=1", ["up", "withdrawn"]),
            ("days=1&lists=images", ["withdrawn"]),
            ("days=1&lists=packages", ["up"]),
            ("days=1&lists=personal", []),
            ("days=1&lists=nonsense&grade=up", ["up"]),
            ("q=p", ["up"]),
        ],
    )
    def test_changes_of_all_lists(
        self, moved: Connection, rita: Client, query: str, grades: list[str]
    ) -> None:
        days = rita.get(f"/changes/?team=render&{query}").context["days"]

        assert [
            line.grade for day in days for entry in day.entries for line in entry.lines
        ] == grades

    def test_the_filters_keep_the_chosen_lists(self, moved: Connection, rita: Client) -> None:
        chosen, every = (
            rita.get(f"/changes/?team=render{query}").content.decode()
            for query in ("&lists=packages", "")
        )

        assert '<input type="hidden" name="lists" value="packages">' in chosen
        assert 'name="lists"' not in every

    def test_another_team_is_absent(
        self, moved: Connection, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        assert sign_in(cast.stefan).get("/changes/?team=render").status_code == 404

    def test_queries_do_not_grow_with_the_lists(
        self, moved: Connection, cast: SimpleNamespace, rita: Client
    ) -> None:
        counts = []
        for number in range(3):
            other = Connection.objects.create(
                team=cast.team,
                owner=cast.mia,
                name=f"c{number}",
                environment="production",
                account_id="A1",
            )
            for days in (2, 1):
                give(
                    other.catalogs.get(kind="images"), items(["1", "2", str(days)]), ago(days=days)
                )
            rita.get("/changes/?team=render")
            with CaptureQueriesContext(database) as counted:
                rita.get("/changes/?team=render")
            counts.append(len(counted))

        assert counts[0] == counts[1] == counts[2] <= 16

    def test_the_dashboard_narrows_recent_changes(self, moved: Connection, rita: Client) -> None:
        def recent(query: str) -> list[str]:
            entries = rita.get(f"/?team=render{query}").context["entries"]
            return [entry.snapshot.catalog.kind for entry in entries]

        assert recent("") == ["packages-payg", "images"]
        assert recent("&lists=images") == ["images"]
