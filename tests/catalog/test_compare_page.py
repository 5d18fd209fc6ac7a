"""The page that compares two snapshots of a list."""

import pytest
from django.test import Client

from tests.catalog.conftest import ago
from tests.items import give, item
from xdportal.catalog.models import Catalog


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
