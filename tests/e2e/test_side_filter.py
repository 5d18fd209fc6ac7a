"""The side bar of a team with many connections: those that matter, and a filter for the rest."""

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from xdportal.connections.models import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def side(signed_in: Page, live_server: Any, cast: SimpleNamespace) -> Page:
    for number in range(1, 13):
        Connection.objects.create(
            team=cast.team,
            owner=cast.mia,
            name=f"Farm {number:02}",
            environment="production",
            account_id=f"A{number}",
        )
    signed_in.goto(f"{live_server.url}/errors/")
    return signed_in


def test_typing_finds_those_that_are_not_shown(side: Page) -> None:
    found = side.locator("[data-filtered]:visible")
    expect(found).to_have_count(6)
    side.get_by_label("Filter the connections").fill("farm 11")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Farm 11")

    side.get_by_label("Filter the connections").fill("")
    expect(found).to_have_count(6)


def test_enter_leads_to_the_first(side: Page) -> None:
    side.get_by_label("Filter the connections").fill("a12")
    side.keyboard.press("Enter")
    slug = Connection.objects.get(name="Farm 12").slug
    side.wait_for_url(f"**/c/{slug}/**")


def test_the_default_is_open_on_every_page(side: Page, live_server: Any) -> None:
    chosen = Connection.objects.get(name="Farm 12")
    side.goto(f"{live_server.url}{chosen.get_absolute_url()}")
    side.get_by_role("button", name="Make it my default").click()
    expect(side.get_by_text("This is now your default connection")).to_be_visible()
    side.goto(f"{live_server.url}/errors/")
    menu = side.get_by_role("navigation", name="Main")

    expect(menu.get_by_role("link", name="Farm 12")).to_be_visible()
    expect(menu.get_by_role("link", name="Images", exact=True)).to_be_visible()
