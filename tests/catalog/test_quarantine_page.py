"""An unusual answer: its page, and who accepts or discards it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.catalog.conftest import ago
from tests.items import give, items
from xdportal.accounts.models import AuditEntry
from xdportal.catalog.compare import Counts
from xdportal.catalog.models import Catalog, Check, QuarantinedAnswer


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
    def test_its_page_shows_what_would_change(
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
        page = client.get(f"/c/{cat.slug}/checks/{held.pk}/").content.decode()
        assert "What should we do with this answer?" in page

        answer = client.post(f"/c/{cat.slug}/held/accept/")
        cat.refresh_from_db()

        assert answer.headers["Location"] == f"/c/{cat.slug}/snapshots/2/"
        assert cat.latest_snapshot is not None
        assert (cat.latest_snapshot.item_count, cat.latest_snapshot.taken_at) == (4, held.started)
        assert audit() == [("accepted", "max", f"{cat.slug} #2")]

    def test_an_owner_discards_it(self, cat: Catalog, held: Check, olga: Client) -> None:
        olga.post(f"/c/{cat.slug}/held/discard/")

        assert not QuarantinedAnswer.objects.exists()
        assert cat.snapshots.count() == 1
        assert audit() == [("discarded", "olga", cat.slug)]

    def test_deciding_again_says_that_nothing_is_waiting(
        self, cat: Catalog, held: Check, olga: Client
    ) -> None:
        for path in ("accept", "discard", "accept"):
            page = olga.post(f"/c/{cat.slug}/held/{path}/", follow=True)

        assert "No answer is waiting any more." in page.content.decode()
        assert cat.snapshots.count() == 2

    def test_a_member_may_not_decide(
        self, cat: Catalog, held: Check, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client = sign_in(cast.mia)

        assert [
            client.post(f"/c/{cat.slug}/held/{p}/").status_code for p in ("accept", "discard")
        ] == [403, 403]
        assert QuarantinedAnswer.objects.exists()
