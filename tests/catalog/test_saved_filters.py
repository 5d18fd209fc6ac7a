"""Filters with a name: private, or the team's."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, items
from tests.reading import html_of
from xdportal.catalog.models import Catalog, SavedFilter
from xdportal.catalog.pages.saved import MOST_FILTERS, normal


@pytest.fixture
def mia(catalog: Catalog, cast: SimpleNamespace, sign_in: Any) -> Client:
    give(catalog, items(range(4000, 4003)), timezone.now())
    return sign_in(cast.mia)


def save(client: Client, catalog: Catalog, name: str, query: str, **more: str) -> Any:
    form = {"name": name, "query": query, **more}
    return client.post(f"/c/{catalog.slug}/filters/", form)


def names(client: Client, catalog: Catalog, query: str = "") -> list[tuple[str, bool]]:
    page = client.get(f"/c/{catalog.slug}/images/?{query}")
    return [(one.filter.name, one.is_current) for one in page.context["saved"]]


def test_one_is_saved_and_chosen(mia: Client, catalog: Catalog) -> None:
    answer = save(mia, catalog, "Blade", "type=BL&q=ubuntu&page=3&min=")

    assert answer.headers["Location"] == f"/c/{catalog.slug}/images/?q=ubuntu&type=BL"
    assert names(mia, catalog, "type=BL&q=ubuntu") == [("Blade", True)]
    assert names(mia, catalog) == [("Blade", False)]


def test_private_ones_are_one_s_own_and_shared_ones_the_team_s(
    mia: Client, catalog: Catalog, cast: SimpleNamespace, sign_in: Any
) -> None:
    save(mia, catalog, "Mine", "type=BL")
    save(mia, catalog, "Ours", "type=SC", is_shared="on")

    assert names(sign_in(cast.rita), catalog) == [("Ours", False)]
    assert names(mia, catalog) == [("Mine", False), ("Ours", False)]


def test_a_reader_shares_none(catalog: Catalog, cast: SimpleNamespace, sign_in: Any) -> None:
    save(sign_in(cast.rita), catalog, "Ours", "type=SC", is_shared="on")

    assert SavedFilter.objects.get().is_shared is False


def test_the_same_name_again_replaces_it(mia: Client, catalog: Catalog) -> None:
    save(mia, catalog, "Blade", "type=BL")
    save(mia, catalog, "Blade", "type=SC")

    assert SavedFilter.objects.get().query == "type=SC"


@pytest.mark.parametrize(("name", "query"), [("", "type=BL"), ("All", ""), ("All", "page=2")])
def test_nothing_is_not_saved(mia: Client, catalog: Catalog, name: str, query: str) -> None:
    assert save(mia, catalog, name, query).status_code == 302
    assert not SavedFilter.objects.exists()


def test_there_is_a_limit(mia: Client, catalog: Catalog, cast: SimpleNamespace) -> None:
    for number in range(MOST_FILTERS):
        SavedFilter.objects.create(
            team=cast.team, owner=cast.mia, kind="images", name=str(number), query="q=x"
        )
    save(mia, catalog, "One more", "type=BL")

    assert SavedFilter.objects.count() == MOST_FILTERS


@pytest.mark.parametrize(("who", "status"), [("mia", 302), ("max", 302), ("rita", 403)])
def test_who_deletes_the_team_s(
    mia: Client, catalog: Catalog, cast: SimpleNamespace, sign_in: Any, who: str, status: int
) -> None:
    save(mia, catalog, "Ours", "type=SC", is_shared="on")
    saved = SavedFilter.objects.get()
    client = sign_in(getattr(cast, who))
    answer = client.post(f"/c/{catalog.slug}/filters/{saved.pk}/delete/")

    assert (answer.status_code, SavedFilter.objects.exists()) == (status, status != 302)


def test_another_s_private_one_is_not_there(
    mia: Client, catalog: Catalog, cast: SimpleNamespace, sign_in: Any
) -> None:
    save(mia, catalog, "Mine", "type=BL")
    path = f"/c/{catalog.slug}/filters/{SavedFilter.objects.get().pk}/delete/"

    assert sign_in(cast.olga).post(path).status_code == 404


def test_the_form_is_there_once_something_is_filtered(mia: Client, catalog: Catalog) -> None:
    def form(query: str) -> bool:
        return "Save the filter" in html_of(mia.get(f"/c/{catalog.slug}/images/?{query}"))

    assert (form(""), form("type=BL")) == (False, True)


def test_more_of_them_cost_no_query_more(mia: Client, catalog: Catalog) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            names(mia, catalog)
        return len(found)

    save(mia, catalog, "A", "type=BL")
    one = queries()
    save(mia, catalog, "B", "type=SC")
    save(mia, catalog, "C", "type=ceph")

    assert queries() == one


def test_equal_filters_are_equal() -> None:
    assert normal("b=2&a=1&b=1&page=4&rows=100&c=") == normal("a=1&b=2&b=1") == "a=1&b=2&b=1"
