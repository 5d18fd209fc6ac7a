"""The pages of a catalog: what they show, what they refuse, what they cost."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import fail, give, item, items
from tests.reading import html_of
from xdportal.accounts.models import AuditEntry
from xdportal.catalog.compare import Counts
from xdportal.catalog.history import DayCount
from xdportal.catalog.models import Catalog, Check, Outcome, QuarantinedAnswer
from xdportal.catalog.words import advice_text
from xdportal.connections.models import Connection
from xdportal.provider.errors import ApiError, AuthError, Details

ODD_IDS = ["a/b?c", ".", "..", "<script>alert(1)</script>", "空 格", "%2F", "~4005", "a b"]


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    return new_catalog(cast, "Main")


def new_catalog(cast: SimpleNamespace, name: str) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team,
        owner=cast.mia,
        name=name,
        environment="production",
        account_id="A1",
        interval=1800,
    )
    return connection.catalogs.get(kind="images")


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.olga)


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


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


@pytest.fixture
def history(cat: Catalog) -> Catalog:
    """10 and 9 for long; 9 changed and 7 came and 8 went today."""
    give(cat, [item("10"), item("9"), item("8", type="ceph", name="CentOS")], ago(days=30))
    give(cat, [item("10"), item("9", version="22.04 x64"), item("7", type="ceph")], ago(hours=1))
    return cat


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
    def test_what_is_asked_for_stands_in_the_address(
        self, history: Catalog, olga: Client, query: str, wanted: list[str]
    ) -> None:
        assert ids(olga.get(f"/c/{history.slug}/images/?{query}")) == wanted

    def test_another_record_of_an_id_is_a_change_of_it_and_no_return(
        self, cat: Catalog, olga: Client
    ) -> None:
        give(cat, items(["1", "2"]), ago(days=30))
        give(cat, [item("1"), item("1", version="22.04 x64"), item("2")], ago(hours=1))
        path = f"/c/{cat.slug}/images/"

        assert [row.status for row in olga.get(path).context["rows"]] == ["changed", "changed", ""]
        assert ids(olga.get(f"{path}?status=changed")) == ["1"]
        assert ids(olga.get(f"{path}?status=returned")) == []

    def test_many_words_are_looked_for_once_each_and_eight_at_most(
        self, history: Catalog, olga: Client
    ) -> None:
        with CaptureQueriesContext(connection) as counted:
            words = {"q": "u b u " * 30 + "n t s e r v x y z", "status": ["available", "withdrawn"]}
            olga.get(f"/c/{history.slug}/images/", words)
        looked = [query["sql"] for query in counted if "LIKE" in query["sql"]]

        assert looked != []
        assert (
            max(sql.count("LIKE") for sql in looked) <= 2 * 8 * 4
        )  # four columns a word, in two parts of a union

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


class TestChanges:
    def test_by_day_newest_first(self, history: Catalog, olga: Client) -> None:
        page = olga.get(f"/c/{history.slug}/changes/")
        entries = [entry for day in page.context["days"] for entry in day.entries]

        assert [(entry.snapshot.number, entry.is_first) for entry in entries] == [
            (2, False),
            (1, True),
        ]
        assert [(line.grade, line.change.item_id) for line in entries[0].lines] == [
            ("withdrawn", "8"),
            ("version", "9"),
            ("added", "7"),
        ]
        assert entries[1].changes == []

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("kind=added", ["7"]),
            ("kind=removed&kind=changed", ["8", "9"]),
            ("image=9", ["9"]),
            ("q=22.04", ["9"]),
            ("q=CENTOS 8", ["8"]),
            ("grade=version&grade=added", ["9", "7"]),
            ("days=1", ["8", "9", "7"]),
            ("days=7&grade=added", ["7"]),
            ("image=none", []),
            ("since=2999-01-01", []),
            ("until=1999-01-01", []),
        ],
    )
    def test_filters(self, history: Catalog, olga: Client, query: str, wanted: list[str]) -> None:
        days = olga.get(f"/c/{history.slug}/changes/?{query}").context["days"]

        assert [c.item_id for day in days for entry in day.entries for c in entry.changes] == wanted

    def test_a_kind_of_one_image_brings_no_other_days(self, cat: Catalog, olga: Client) -> None:
        """9 changed with the second list, in which 7 was added: of 7 there is no change, of 9 no
        addition.
        """
        give(cat, items("89"), ago(days=3))
        give(cat, [item("8"), item("9", version="22.04"), item("7")], ago(days=2))
        give(cat, [item("8"), item("9", version="24.04"), item("7")], ago(days=1))

        def told(query: str) -> list[tuple[int, int, list[str]]]:
            days = olga.get(f"/c/{cat.slug}/changes/?{query}").context["days"]
            return [
                (e.snapshot.number, e.number, [c.item_id for c in e.changes])
                for d in days
                for e in d.entries
            ]

        assert told("kind=added&image=7") == [(2, 1, ["7"])]
        assert told("kind=changed&image=9") == [(3, 1, ["9"]), (2, 1, ["9"])]
        assert told("kind=added&image=9") == []
        assert told("kind=removed&image=7") == []
        assert told("kind=added") == [(2, 1, ["7"])]

    def test_nonsense_is_left_out_and_said(self, history: Catalog, olga: Client) -> None:
        page = olga.get(f"/c/{history.slug}/changes/?since=yesterday&kind=bogus").content.decode()

        assert "Part of the filter is invalid and was ignored." in page

    def test_quiet_checks_are_counted(self, cat: Catalog, olga: Client) -> None:
        noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
        rows = [item("10")]
        for days_ago in (3, 2, 1, 0):
            give(cat, rows if days_ago else [item("11")], noon - timedelta(days=days_ago))
        with time_machine.travel(noon + timedelta(hours=1), tick=False):
            days = olga.get(f"/c/{cat.slug}/changes/").context["days"]

        assert [(day.day.day, len(day.entries), day.quiet_checks) for day in days] == [
            (20, 1, 0),
            (18, 0, 2),
            (17, 1, 0),
        ]

    def test_quiet_checks_since_the_last_change_are_counted(
        self, cat: Catalog, olga: Client
    ) -> None:
        noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
        for days_ago in (2, 1, 0):
            give(cat, [item("10")], noon - timedelta(days=days_ago))
        with time_machine.travel(noon + timedelta(hours=1), tick=False):
            days = olga.get(f"/c/{cat.slug}/changes/").context["days"]

        assert [(day.day.day, len(day.entries), day.quiet_checks) for day in days] == [
            (19, 0, 2),
            (18, 1, 0),
        ]


class TestCompare:
    def test_defaults_to_the_last_two(self, history: Catalog, olga: Client) -> None:
        comparison = olga.get(f"/c/{history.slug}/compare/").context["comparison"]

        assert (comparison.older.number, comparison.newer.number) == (1, 2)
        assert [line.grade for line in comparison.lines] == ["withdrawn", "version", "added"]
        assert (comparison.counts, comparison.unchanged_count) == ((1, 1, 1), 1)

    def test_there_and_back_is_no_difference(self, cat: Catalog, olga: Client) -> None:
        for days, version in ((3, "A"), (2, "B"), (1, "A")):
            give(cat, [item("1", version=version)], ago(days=days))

        assert olga.get(f"/c/{cat.slug}/compare/?from=1&to=3").context["comparison"].changes == []

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("from=2&to=2", "Both sides are the same list."),
            ("from=2&to=1", "“From” is newer than “To”"),
            ("from=1&to=99", "Snapshot 99 does not exist; another one is shown."),
            ("from=x&to=-1", "“x” is neither a number nor a date; another list is shown."),
            ("from=1999-01-01", "There was no list yet at 1999-01-01; the first one is shown."),
            ("from=99999999999999999999", "does not exist"),
        ],
    )
    def test_odd_choices_are_explained(
        self, history: Catalog, olga: Client, query: str, sentence: str
    ) -> None:
        page = olga.get(f"/c/{history.slug}/compare/?{query}")

        assert page.status_code == 200
        assert sentence in page.content.decode()

    def test_unchanged_ones_on_demand(self, history: Catalog, olga: Client) -> None:
        page = olga.get(f"/c/{history.slug}/compare/?only=all")

        assert [row.item_id for row in page.context["unchanged"]] == ["10"]

    def test_before_the_first_list(self, cat: Catalog, olga: Client) -> None:
        assert "No list yet" in olga.get(f"/c/{cat.slug}/compare/").content.decode()


class TestSnapshots:
    def test_lists_and_checks(self, history: Catalog, olga: Client) -> None:
        page = olga.get(f"/c/{history.slug}/snapshots/")

        assert [s.number for s in page.context["page"]] == [2, 1]
        assert [c.outcome for c in page.context["checks"]] == ["ok", "ok"]

    def test_one_as_it_was(self, history: Catalog, olga: Client) -> None:
        page = olga.get(f"/c/{history.slug}/snapshots/1/")

        assert [(row.item_id, row.version) for row in page.context["page"]] == [
            ("8", "20.04 x64"),
            ("9", "20.04 x64"),
            ("10", "20.04 x64"),
        ]
        assert (page.context["previous"], page.context["next"]) == (None, 2)

    @pytest.mark.parametrize("number", ["0", "3", "99999999999999999999"])
    def test_absent_ones(self, history: Catalog, olga: Client, number: str) -> None:
        assert olga.get(f"/c/{history.slug}/snapshots/{number}/").status_code == 404


class TestStates:
    """The status line says what is, since when, what is kept and what to do."""

    def text(self, catalog: Catalog, client: Client, path: str = "images/") -> str:
        return re.sub(
            r"\s+",
            " ",
            re.sub("<[^>]+>", " ", client.get(f"/c/{catalog.slug}/{path}").content.decode()),
        )

    @pytest.mark.parametrize("path", ["images/", "changes/", "snapshots/", "compare/"])
    def test_attention_with_code_and_trace_id_on_every_page(
        self, history: Catalog, olga: Client, path: str
    ) -> None:
        fail(
            history, AuthError("", Details(200, 401, "身份认证失败", "trace-7f3a")), ago(minutes=5)
        )
        page = olga.get(f"/c/{history.slug}/{path}").content.decode()

        assert "Needs attention" in page
        assert '<a href="/errors/401/">401</a>' in page
        assert "trace-7f3a" in page
        assert "身份认证失败" in page
        assert "Check the account ID, and enter the secret again." in page
        assert "You are seeing the list from" in page

    @pytest.mark.parametrize("path", ["images/", "changes/", "snapshots/", "compare/"])
    def test_a_passing_failure_is_told_while_the_list_is_still_fresh(
        self, history: Catalog, olga: Client, path: str
    ) -> None:
        fail(history, ApiError("", Details(503, 503, "接口异常", "trace-503")), ago(minutes=5))
        Catalog.objects.update(last_ok_at=ago(minutes=20))
        text = self.text(history, olga, path)

        reported = "The provider reported an error · code 503 · 接口异常 · Trace ID trace-503"
        assert f"Last check failed {reported}" in text
        assert "Up to date" not in text
        assert (
            "The portal tries again automatically. If this continues, give the provider’s support"
            in text
        )
        assert "The last successful check was 20 min ago" in text
        assert "You are seeing the list from" in text

    @pytest.mark.parametrize(
        "outcome", sorted(set(Outcome.values) - {"ok", "ok_with_warnings", "suspect", "skipped"})
    )
    def test_whatever_failed_there_is_something_to_do(self, outcome: str) -> None:
        assert str(advice_text(outcome)).endswith(".")

    def test_stale(self, cat: Catalog, olga: Client) -> None:
        give(cat, items("abc"), ago(hours=2))

        assert "Out of date The last successful check was 1 h ago" in self.text(cat, olga)

    def test_paused(self, history: Catalog, olga: Client) -> None:
        history.connection.pause("token_expired")

        assert "Paused: token expired" in self.text(history, olga)

    def test_suspect(self, cat: Catalog, olga: Client) -> None:
        give(cat, items(range(9)), ago(minutes=40))
        give(cat, [], ago(minutes=1))

        text = self.text(cat, olga)
        assert "Unusual answer held back The list came back empty. The answer of" in text
        assert "Nothing was recorded as withdrawn." in text

    def test_checking(self, history: Catalog, olga: Client) -> None:
        Catalog.objects.update(lease_until=timezone.now() + timedelta(minutes=1))

        assert "Checking…" in self.text(history, olga)

    def test_ok(self, history: Catalog, olga: Client) -> None:
        give(history, items(["7", "9", "10"]), ago(minutes=1))

        assert "Up to date" in self.text(history, olga)


class TestCheckNow:
    def test_it_makes_due_and_sends_once(
        self,
        history: Catalog,
        olga: Client,
        django_capture_on_commit_callbacks: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from xdportal.catalog import tasks

        sent: list[int] = []
        monkeypatch.setattr(
            tasks.check_connection, "apply_async", lambda args, **kwargs: sent.append(args[0])
        )
        for _ in range(3):
            with django_capture_on_commit_callbacks(execute=True):
                answer = olga.post(
                    f"/c/{history.slug}/check/", {"next": f"/c/{history.slug}/changes/?kind=added"}
                )
        history.refresh_from_db()

        assert answer.headers["Location"] == f"/c/{history.slug}/changes/?kind=added"
        assert sent == [history.connection_id]
        assert history.next_check_at <= timezone.now()

    def test_a_paused_one_is_not_started(self, history: Catalog, olga: Client) -> None:
        history.connection.pause("by_user")
        page = olga.post(f"/c/{history.slug}/check/", follow=True)

        assert "No check was started. The connection is paused." in page.content.decode()
        history.refresh_from_db()
        assert history.queued_until is None


def audit() -> list[tuple[str, str | None, str]]:
    return list(
        AuditEntry.objects.exclude(kind="signed_in").values_list(
            "kind", "actor__username", "target"
        )
    )


class TestQuarantinedAnswer:
    @pytest.fixture
    def held(self, cat: Catalog) -> Check:
        give(cat, items(range(10)), ago(hours=2))
        return give(cat, items(range(4)), ago(hours=1)).check

    @pytest.mark.parametrize("who", ["olga", "rita"])
    def test_its_page_tells_what_would_change(
        self, cat: Catalog, held: Check, cast: SimpleNamespace, sign_in: Any, who: str
    ) -> None:
        page = sign_in(getattr(cast, who)).get(f"/c/{cat.slug}/checks/{held.pk}/")

        assert page.context["quarantined_counts"] == Counts(removed=6)
        assert [(c.kind, c.item_id) for c in page.context["quarantined_changes"]] == [
            ("removed", str(number)) for number in range(4, 10)
        ]
        assert page.context["left_out"] == 0
        assert ("/held/accept/" in page.content.decode()) == (who == "olga")

    def test_a_manager_accepts_it(
        self, cat: Catalog, held: Check, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client = sign_in(cast.max)
        assert (
            "What should we do with this answer?"
            in client.get(f"/c/{cat.slug}/checks/{held.pk}/").content.decode()
        )
        answer = client.post(f"/c/{cat.slug}/held/accept/")
        cat.refresh_from_db()

        assert answer.headers["Location"] == f"/c/{cat.slug}/snapshots/2/"
        assert cat.latest_snapshot is not None
        assert (cat.latest_snapshot.item_count, cat.latest_snapshot.taken_at) == (4, held.started)
        assert audit() == [("accepted", "max", f"{cat.slug} #2")]

    def test_or_discards_it(self, cat: Catalog, held: Check, olga: Client) -> None:
        olga.post(f"/c/{cat.slug}/held/discard/")

        assert not QuarantinedAnswer.objects.exists()
        assert cat.snapshots.count() == 1
        assert audit() == [("discarded", "olga", cat.slug)]

    def test_twice_says_that_there_is_none(self, cat: Catalog, held: Check, olga: Client) -> None:
        for path in ("accept", "discard", "accept"):
            page = olga.post(f"/c/{cat.slug}/held/{path}/", follow=True)

        assert "No answer is waiting any more." in page.content.decode()
        assert cat.snapshots.count() == 2

    def test_a_member_may_not(
        self, cat: Catalog, held: Check, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client = sign_in(cast.mia)

        assert [
            client.post(f"/c/{cat.slug}/held/{p}/").status_code for p in ("accept", "discard")
        ] == [403, 403]
        assert QuarantinedAnswer.objects.exists()


class TestDashboard:
    def test_those_first_that_need_somebody(self, cast: SimpleNamespace, olga: Client) -> None:
        fine, broken, paused = (new_catalog(cast, name) for name in ("fine", "broken", "paused"))
        for catalog in (fine, broken, paused):
            give(catalog, items("abc"), ago(minutes=5))
        fail(broken, AuthError(), ago(minutes=1))
        paused.connection.pause("by_user")
        page = olga.get("/")

        assert [card.connection.name for card in page.context["cards"]] == [
            "broken",
            "paused",
            "fine",
        ]

    def test_what_changed_today_stands_on_the_card(
        self, cast: SimpleNamespace, olga: Client
    ) -> None:
        moved, still = new_catalog(cast, "moved"), new_catalog(cast, "still")
        with time_machine.travel("2026-03-02 12:00Z", tick=False):
            for catalog in (moved, still):
                give(catalog, items("123456"), ago(days=2))
            give(moved, items("23456789"), ago(days=1))
            give(moved, items("3456789a"), ago(hours=2))
            give(moved, [*items("356789a"), item("4", version="22.04")], ago(hours=1))
            cards = {card.connection.name: card.today for card in olga.get("/").context["cards"]}

        assert cards == {"moved": DayCount(added=1, removed=1, changed=1), "still": None}

    def test_today_begins_at_the_viewers_midnight(
        self, cast: SimpleNamespace, olga: Client
    ) -> None:
        catalog = new_catalog(cast, "one")
        cast.olga.time_zone = "Asia/Shanghai"
        cast.olga.save()
        with time_machine.travel("2026-03-02 17:00Z", tick=False):  # 01:00 on the third
            give(catalog, items("123456"), ago(days=2))
            give(catalog, items("1234567"), ago(minutes=61))
            assert olga.get("/").context["cards"][0].today is None
            give(catalog, items("12345678"), ago(minutes=59))
            assert olga.get("/").context["cards"][0].today == DayCount(1, 0, 0)

    def test_recent_changes_of_all_catalogs(self, cast: SimpleNamespace, olga: Client) -> None:
        for number, name in enumerate("ab"):
            catalog = new_catalog(cast, name)
            give(catalog, items("12"), ago(days=2))
            give(catalog, items("123"), ago(hours=2 - number))
        entries = olga.get("/").context["entries"]

        assert [e.snapshot.catalog.connection.name for e in entries] == ["b", "a"]
        assert [[c.item_id for c in e.changes] for e in entries] == [["3"], ["3"]]

    def test_an_empty_portal_offers_one_step(self, cast: SimpleNamespace, sign_in: Any) -> None:
        page = sign_in(cast.stefan).get("/").content.decode()

        assert "Connect your first account" in page
        assert page.count('class="btn pri"') == 1

    def test_queries_do_not_grow_with_the_catalogs(
        self, cast: SimpleNamespace, olga: Client
    ) -> None:
        counts = []
        for name in ("a", "b", "c"):
            catalog = new_catalog(cast, name)
            give(catalog, items("12"), ago(days=2))
            give(catalog, items("123"), ago(hours=1))
            olga.get("/")
            with CaptureQueriesContext(connection) as counted:
                olga.get("/")
            counts.append(len(counted))

        assert counts[0] == counts[1] == counts[2] <= 16


class TestOneCheck:
    def test_warnings_are_named(self, cat: Catalog, olga: Client) -> None:
        check = give(
            cat, [*items(range(9)), item("5"), item("4", version="two"), None], ago(minutes=1)
        ).check
        page = olga.get(f"/c/{cat.slug}/checks/{check.pk}/").content.decode()

        assert "1 item was ignored." in page
        assert "is not an object" in page
        assert "1 duplicate item was counted once." in page
        assert "1 row shares an ID with another row but differs in content; both are kept." in page

    def test_provider_text_is_shown_as_text(self, cat: Catalog, olga: Client) -> None:
        check = fail(
            cat, AuthError("", Details(200, 401, "<b>msg</b>", "<i>trace</i>")), ago(minutes=1)
        ).check
        page = olga.get(f"/c/{cat.slug}/checks/{check.pk}/").content.decode()

        assert "&lt;b&gt;msg&lt;/b&gt;" in page
        assert "&lt;i&gt;trace&lt;/i&gt;" in page
        assert "<b>msg" not in page

    def test_a_check_of_another_catalog_is_absent(
        self, cat: Catalog, cast: SimpleNamespace, olga: Client
    ) -> None:
        other = new_catalog(cast, "other")
        check = give(other, items("a"), ago(minutes=1)).check

        assert olga.get(f"/c/{cat.slug}/checks/{check.pk}/").status_code == 404
