"""What the pages of a catalog say when something is not as it should be."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from xdportal.catalog.models import Catalog, QuarantinedAnswer

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PAGES = ["images", "changes", "snapshots", "compare"]


@pytest.fixture
def open_page(signed_in: Page, live_server: Any) -> Any:
    def go(catalog: Catalog, page: str) -> Any:
        signed_in.goto(f"{live_server.url}/c/{catalog.slug}/{page}/")
        return signed_in.get_by_role("region", name="List status")

    return go


@pytest.mark.parametrize(
    ("name", "told", "at"),
    [
        ("stale", "Out of date", r"You are seeing the list from \d{4}-\d\d-\d\d \d\d:\d\d\."),
        ("paused", "Paused: token expired", r"The list from \d{4}-\d\d-\d\d \d\d:\d\d is kept\."),
        (
            "attention",
            "Needs attention",
            r"You are seeing the list from \d{4}-\d\d-\d\d \d\d:\d\d\.",
        ),
    ],
)
def test_the_banner_shows_the_time_of_the_list_on_every_page(
    open_page: Any, states: dict[str, Catalog], name: str, told: str, at: str
) -> None:
    for tab in PAGES:
        status = open_page(states[name], tab)
        expect(status).to_contain_text(told)
        expect(status).to_contain_text(re.compile(at))
        expect(status.locator("time").first).to_have_attribute(
            "datetime", re.compile(r"^\d{4}-.*[+-]\d\d:\d\d$")
        )


def test_a_held_answer_is_shown_on_every_page_and_changes_none(
    open_page: Any, signed_in: Page, states: dict[str, Catalog]
) -> None:
    for tab in PAGES:
        status = open_page(states["suspect"], tab)
        expect(status).to_contain_text("Unusual answer held back")
        expect(status).to_contain_text("Nothing was recorded as withdrawn.")
        expect(signed_in.locator(".nav a", has_text="Images").locator(".n")).to_have_text("12")
    assert states["suspect"].snapshots.count() == 1


@pytest.mark.parametrize(
    ("button", "snapshots", "images"), [("Accept", 2, "3 images"), ("Discard", 1, "12 images")]
)
def test_an_owner_decides_on_it(
    open_page: Any,
    signed_in: Page,
    states: dict[str, Catalog],
    button: str,
    snapshots: int,
    images: str,
) -> None:
    open_page(states["suspect"], "images").get_by_role("link", name="View details").click()
    expect(
        signed_in.get_by_role("region", name="What would change").locator(".sign.del")
    ).to_have_count(9)
    signed_in.get_by_role("link", name=button).click()
    expect(signed_in.get_by_role("main")).to_contain_text("holds 3 items; the list holds 12.")
    signed_in.get_by_role("button", name=button).click()

    expect(signed_in.get_by_role("heading", name=images)).to_be_visible()
    assert states["suspect"].snapshots.count() == snapshots
    assert not QuarantinedAnswer.objects.exists()


def test_a_reader_sees_it_and_decides_nothing(
    open_page: Any,
    signed_in: Page,
    live_server: Any,
    states: dict[str, Catalog],
    cast: Any,
    sign_in: Any,
) -> None:
    cookie = sign_in(cast.rita).cookies["sessionid"].value
    signed_in.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    open_page(states["suspect"], "images").get_by_role("link", name="View details").click()

    expect(signed_in.get_by_role("region", name="What would change")).to_be_visible()
    expect(signed_in.get_by_role("link", name=re.compile("Accept|Discard"))).to_have_count(0)
