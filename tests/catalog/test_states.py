"""The status line on every page of a list, in each state."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.catalog.conftest import ago
from tests.items import fail, give, items
from xdportal.catalog.models import Catalog, Outcome
from xdportal.catalog.words import advice_text
from xdportal.provider.errors import ApiError, AuthError, Details


class TestStates:
    """The status line says what is, since when, what is kept and what to do."""

    def text(self, catalog: Catalog, client: Client, path: str = "images/") -> str:
        page = client.get(f"/c/{catalog.slug}/{path}").content.decode()
        return " ".join(re.sub("<[^>]+>", " ", page).split())

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
    def test_a_passing_failure_is_shown_while_the_list_is_still_fresh(
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
    def test_every_failure_has_advice(self, outcome: str) -> None:
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
