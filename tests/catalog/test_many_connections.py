"""The dashboard of a team with many connections: a table, and changes first."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, item, items
from tests.reading import html_of
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.olga)


def add(cast: SimpleNamespace, name: str, account_id: str = "", **fields: Any) -> Catalog:
    values = {"environment": "production", "team": cast.team, "owner": cast.mia, **fields}
    made = Connection.objects.create(name=name, account_id=account_id or f"A-{name}", **values)
    catalog = made.catalogs.get(kind=Catalog.Kind.IMAGES)
    now = timezone.now()
    give(catalog, items(range(4000, 4012)), now - timedelta(seconds=2))
    give(catalog, [*items(range(4001, 4012)), item(5000)], now - timedelta(seconds=1))
    return catalog


def test_four_are_cards_and_five_a_table(cast: SimpleNamespace, olga: Client) -> None:
    for name in "ABCD":
        add(cast, name)
    page = html_of(olga.get("/"))
    assert ('class="card tile"' in page, 'id="connections"' in page) == (True, False)

    add(cast, "E")
    page = html_of(olga.get("/"))
    assert ('class="card tile"' in page, 'id="connections"' in page) == (False, True)
    assert page.index('id="recent"') < page.index('id="connections"')


def test_a_row_has_its_lists_and_what_changed_today(cast: SimpleNamespace, olga: Client) -> None:
    for name in "ABCDE":
        add(cast, name)
    [card, *_] = [c for c in olga.get("/").context["cards"] if c.connection.name == "A"]
    images, packages, personal = card.cells

    assert [str(cell.label) for cell in card.cells] == ["Images", "Packages", "Personal images"]
    assert [row.catalog.latest_snapshot.item_count for row in images.rows] == [12]
    assert (images.rows[0].today.added, images.rows[0].today.removed) == (1, 1)
    assert (len(packages.rows), len(personal.rows)) == (2, 1)


def test_two_lists_in_one_cell_are_named(cast: SimpleNamespace, olga: Client) -> None:
    for name in "ABCDE":
        add(cast, name)
    page = html_of(olga.get("/"))

    assert page.count('title="Packages by the hour"') == 5
    assert page.count('title="Packages for a period"') == 5


def test_a_connection_is_added_in_one_place(cast: SimpleNamespace, olga: Client) -> None:
    for name in "ABCDE":
        add(cast, name)

    link = f'href="/settings/connections/new/?team={cast.team.pk}"'
    assert html_of(olga.get("/")).count(link) == 1


def test_who_needs_someone_comes_first(cast: SimpleNamespace, olga: Client) -> None:
    for name in "ABCDE":
        add(cast, name)
    Connection.objects.get(name="D").pause("by_user")

    assert olga.get("/").context["cards"][0].connection.name == "D"


def test_it_renews_itself_while_something_is_due(cast: SimpleNamespace, olga: Client) -> None:
    for name in "ABCDE":
        add(cast, name)
    Catalog.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    assert 'hx-trigger="every 5s"' not in html_of(olga.get("/"))
    Catalog.objects.filter(connection__name="A").update(next_check_at=timezone.now())
    assert 'hx-trigger="every 5s"' in html_of(olga.get("/"))


def test_a_connection_more_costs_no_query_more(cast: SimpleNamespace, olga: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            assert olga.get("/").status_code == 200
        return len(found)

    for name in "ABCDE":
        add(cast, name)
    olga.get("/")
    five = queries()
    for name in "FGHIJKL":
        add(cast, name)

    assert queries() == five
