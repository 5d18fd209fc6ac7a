"""Lists named by number, date or time; comparisons between two times."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.items import give, item, items
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.moments import Trouble, ask, field_value, moment_of
from xdportal.connections.models import Connection

MORNING = datetime(2026, 3, 2, 9, 30, 12, 500, tzinfo=UTC)


@pytest.fixture
def catalog(cast: SimpleNamespace) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )
    made: Catalog = connection.catalogs.get(kind="images")
    for day, version in enumerate("ABC"):
        give(made, [item("1", version=version), item("2")], MORNING + timedelta(days=day))
    return made


@pytest.mark.parametrize(
    ("text", "number", "trouble"),
    [
        ("", None, None),
        ("2", 2, None),
        (" 3 ", 3, None),
        ("0", None, Trouble.MISSING),
        ("99", None, Trouble.MISSING),
        ("9" * 40, None, Trouble.MISSING),
        ("2026-03-01T23:00:00Z", None, Trouble.EARLIER),
        ("2026-03-02T09:30:12.000500+00:00", 1, None),
        ("2026-03-02T09:30:12 00:00", None, Trouble.EARLIER),
        ("2026-03-02T17:30:13 08:00", 1, None),
        ("2026-03-03T10:00Z", 2, None),
        ("2999-12-31", 3, None),
        ("2026-02-30", None, Trouble.INVALID),
        ("2026-13-01T10:00", None, Trouble.INVALID),
        ("yesterday", None, Trouble.INVALID),
        ("-1", None, Trouble.INVALID),
        ("9999-12-31T23:59:59-23:59", None, Trouble.INVALID),
    ],
)
def test_a_list_is_named_by_its_number_or_its_time(
    catalog: Catalog, text: str, number: int | None, trouble: Trouble | None
) -> None:
    asked = ask(catalog, text)

    assert (asked.snapshot.number if asked.snapshot else None, asked.trouble) == (number, trouble)


def test_a_date_is_its_beginning_or_its_end(catalog: Catalog, settings: Any) -> None:
    settings.TIME_ZONE = "UTC"

    assert ask(catalog, "2026-03-03").snapshot == catalog.snapshots.get(number=1)
    assert ask(catalog, "2026-03-03", end_of_day=True).snapshot == catalog.snapshots.get(number=2)


def test_what_the_field_shows_names_the_same_list_again(catalog: Catalog) -> None:
    for snapshot in catalog.snapshots.all():
        assert ask(catalog, field_value(snapshot)).snapshot == snapshot


def test_a_time_without_an_offset_is_local() -> None:
    local = moment_of("2026-03-02T10:00")

    assert local is not None
    assert local.tzinfo is not None
    assert moment_of("2026-03-02T10:00+08:00") == datetime(2026, 3, 2, 2, tzinfo=UTC)


class TestCompare:
    @pytest.fixture
    def rita(self, cast: SimpleNamespace, sign_in: Any) -> Client:
        client: Client = sign_in(cast.rita)
        return client

    @pytest.mark.parametrize(
        ("query", "pair"),
        [
            ("from=2026-03-02T12:00Z&to=2026-03-04T12:00Z", (1, 3)),
            ("from=2026-03-03T12:00Z", (2, 3)),
            ("to=2026-03-03T12:00Z", (1, 2)),
            ("from=1999-01-01", (1, 3)),
            ("from=1&to=2026-03-03T12:00Z", (1, 2)),
        ],
    )
    def test_by_time(
        self, catalog: Catalog, rita: Client, query: str, pair: tuple[int, int]
    ) -> None:
        comparison = rita.get(f"/c/{catalog.slug}/compare/?{query}").context["comparison"]

        assert (comparison.older.number, comparison.newer.number) == pair

    def test_it_says_when_each_change_happened(self, catalog: Catalog, rita: Client) -> None:
        give(catalog, [item("1", version="C"), item("2"), item("3")], MORNING + timedelta(days=3))
        page = rita.get(f"/c/{catalog.slug}/compare/?from=1&to=4")

        assert page.context["happened"] == {
            "1": MORNING + timedelta(days=2),
            "3": MORNING + timedelta(days=3),
        }
        assert dict(page.context["comparison"].by_grade) == {"version": 1, "added": 1}

    def test_an_export_names_lists_by_time_too(self, catalog: Catalog, rita: Client) -> None:
        answer = rita.get(
            f"/c/{catalog.slug}/compare.json?from=2026-03-02T12:00Z&to=2026-03-03T12:00Z"
        )

        assert b'"from": 1, "to": 2' in answer.getvalue()

    def test_thousands_are_paged_and_no_page_is_heavy(self, catalog: Catalog, rita: Client) -> None:
        give(catalog, items(range(1, 3000), name="长" * 60), MORNING + timedelta(days=4))
        page = rita.get(f"/c/{catalog.slug}/compare/?from=1")

        assert page.context["page"].paginator.count == 2999
        assert len(page.content) < 100_000
