"""The button “Check now”."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from xdportal.catalog.models import Catalog


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
