"""The page of a list's changes, by day."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tests.catalog.conftest import ago
from tests.items import give, item, items
from xdportal.catalog.models import Catalog


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

        def entries_of(query: str) -> list[tuple[int, int, list[str]]]:
            days = olga.get(f"/c/{cat.slug}/changes/?{query}").context["days"]
            return [
                (e.snapshot.number, e.number, [c.item_id for c in e.changes])
                for d in days
                for e in d.entries
            ]

        assert entries_of("kind=added&image=7") == [(2, 1, ["7"])]
        assert entries_of("kind=changed&image=9") == [(3, 1, ["9"]), (2, 1, ["9"])]
        assert entries_of("kind=added&image=9") == []
        assert entries_of("kind=removed&image=7") == []
        assert entries_of("kind=added") == [(2, 1, ["7"])]

    def test_an_invalid_filter_is_ignored_and_reported(
        self, history: Catalog, olga: Client
    ) -> None:
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
