"""The dashboard: what needs a person, what changed today, what it costs."""

from types import SimpleNamespace
from typing import Any

import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.catalog.conftest import ago, new_catalog
from tests.items import fail, give, item, items
from xdportal.catalog.history import DayCount
from xdportal.provider.errors import AuthError


class TestDashboard:
    def test_connections_that_need_a_person_come_first(
        self, cast: SimpleNamespace, olga: Client
    ) -> None:
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

    def test_todays_changes_are_on_the_card(self, cast: SimpleNamespace, olga: Client) -> None:
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
