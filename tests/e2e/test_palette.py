"""Search from anywhere: by key, by link, and without script."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page_with_search(signed_in: Page, live_server: Any, stage: Catalog) -> Page:
    signed_in.goto(f"{live_server.url}/settings/profile/")
    return signed_in


def test_ctrl_k_opens_it_types_find_and_arrows_choose(page_with_search: Page) -> None:
    page = page_with_search
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()
    page.keyboard.type("4006")
    expect(page.locator("#palette-found")).to_contain_text("Check 1 ID in all connections")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette-found a").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/c/.*/images/4006/$"))


def test_the_link_opens_it_and_escape_closes_it(page_with_search: Page) -> None:
    page = page_with_search
    page.get_by_role("link", name="Search Ctrl K").or_(page.locator("a.find")).first.click()
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/settings/profile/$"))


def test_enter_leads_to_the_search_page(page_with_search: Page) -> None:
    page_with_search.keyboard.press("Control+k")
    page_with_search.keyboard.type("7005")
    page_with_search.keyboard.press("Enter")

    expect(page_with_search).to_have_url(re.compile(r"/search/\?q=7005$"))
    expect(page_with_search.locator("#found")).to_contain_text("Error codes")


def test_leaving_cuts_off_nothing_that_was_asked_for(page_with_search: Page) -> None:
    """Neither what is still being asked for, nor what was about to be: no error is reported."""
    page = page_with_search
    held: list[Route] = []
    page.route(re.compile(r"/search/"), lambda route: held.append(route))
    page.keyboard.press("Control+k")
    with page.expect_request(re.compile(r"q=700$")):
        page.keyboard.type("700")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)

    asked = [route.request.url.partition("?")[2] for route in held]
    assert asked == ["q=700", "q=7005"]
    held[-1].continue_()
    expect(page).to_have_url(re.compile(r"/search/\?q=7005$"))
    expect(page.locator("#found")).to_contain_text("Error codes")


def test_without_script_the_link_leads_to_the_page(
    browser: Any, signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    with browser.new_context(java_script_enabled=False, locale="en-US") as context:
        context.add_cookies(signed_in.context.cookies())
        page = context.new_page()
        page.goto(live_server.url)
        page.locator("a.find").click()
        page.locator("#q").fill("ubuntu")
        page.locator("main").get_by_role("button", name="Search").click()

        expect(page.locator("#found")).to_contain_text("Main")
