"""A facet with more values than a page shows is searched."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.items import give, item
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.items import Facet


@pytest.fixture
def client(catalog: Catalog, cast: Any, sign_in: Any) -> Client:
    listed = [item(4000 + number, name=f"System {number:03}") for number in range(60)]
    give(catalog, [*listed, item(9000, name="Rocky Linux")], timezone.now())
    return sign_in(cast.rita)


def systems(client: Client, catalog: Catalog, query: str) -> Facet:
    page = client.get(f"/c/{catalog.slug}/images/?{query}")
    return next(facet for facet in page.context["facets"] if facet.name == "system")


def test_forty_are_shown_with_a_field_that_finds_the_others(
    client: Client, catalog: Catalog
) -> None:
    facet = systems(client, catalog, "")

    assert (facet.is_searchable, facet.total, len(facet.values)) == (True, 61, 40)
    found = systems(client, catalog, "find-system=ROCKY")
    assert [value.value for value in found.values] == ["Rocky Linux"]


def test_the_chosen_ones_stay(client: Client, catalog: Catalog) -> None:
    found = systems(client, catalog, "find-system=rocky&system=System+059")

    assert [value.value for value in found.values] == ["Rocky Linux", "System 059"]


def test_it_narrows_no_row(client: Client, catalog: Catalog) -> None:
    page = client.get(f"/c/{catalog.slug}/images/?find-system=rocky")

    assert page.context["page"].paginator.count == 61


def test_a_page_has_the_size_that_was_asked_for(client: Client, catalog: Catalog) -> None:
    def sizes(query: str) -> tuple[int, int]:
        page = client.get(f"/c/{catalog.slug}/images/?{query}").context["page"]
        return page.paginator.per_page, len(page.object_list)

    assert [sizes(query) for query in ("", "rows=100", "rows=7", "rows=x")] == [
        (50, 50),
        (100, 61),
        (50, 50),
        (50, 50),
    ]
