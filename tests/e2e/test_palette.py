"""Search from anywhere: by key, by link, and without script."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page_with_search(signed_in: Page, live_server: Any, settings: Any) -> Page:
    settings.ROOT_URLCONF = "tests.e2e.palette_urls"
    signed_in.goto(f"{live_server.url}/settings/profile/")
    return signed_in


def test_ctrl_k_opens_it_types_find_and_arrows_choose(page_with_search: Page) -> None:
    page = page_with_search
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()
    page.keyboard.type("7005")
    expect(page.locator("#palette-found a")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="codes like 7005")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/errors/\?q=7005$"))


def test_the_link_opens_it_and_escape_closes_it(page_with_search: Page) -> None:
    page = page_with_search
    page.get_by_role("link", name="Search Ctrl K").or_(page.locator("a.find")).first.click()
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/settings/profile/$"))


def test_enter_leads_to_the_search_page(page_with_search: Page) -> None:
    page_with_search.keyboard.press("Control+k")
    page_with_search.keyboard.type("4005")
    page_with_search.keyboard.press("Enter")

    expect(page_with_search).to_have_url(re.compile(r"/search/\?q=4005$"))


def test_without_a_search_page_ctrl_k_is_the_browser_s(signed_in: Page, live_server: Any) -> None:
    signed_in.goto(f"{live_server.url}/settings/profile/")
    signed_in.keyboard.press("Control+k")

    expect(signed_in.locator("#palette, .find")).to_have_count(0)
