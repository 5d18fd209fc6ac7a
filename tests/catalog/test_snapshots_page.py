"""The pages of a list's snapshots and of one snapshot."""

import pytest
from django.test import Client

from xdportal.catalog.models import Catalog


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
