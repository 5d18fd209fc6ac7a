"""The four questions, from the dashboard: each one click away."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dashboard(signed_in: Page, live_server: Any, stage: Catalog) -> Page:
    signed_in.goto(f"{live_server.url}/?team=render")
    return signed_in


def test_what_can_i_boot_is_one_click(dashboard: Page) -> None:
    dashboard.get_by_role("link", name="What can I boot?").first.click()

    expect(dashboard).to_have_url(re.compile(r"/c/.*/pairs/"))
    expect(dashboard.get_by_role("heading", name="What can I boot?")).to_be_visible()


def test_what_changed_this_week_is_one_click(dashboard: Page) -> None:
    dashboard.get_by_role("link", name="All changes of this week").click()

    expect(dashboard).to_have_url(re.compile(r"/changes/\?team=render&days=7$"))
    expect(dashboard.get_by_role("link", name="4005", exact=True)).to_be_visible()


def test_what_changed_between_two_dates_is_two_fields(dashboard: Page) -> None:
    today = timezone.localdate()
    dashboard.locator(".side").get_by_role("link", name="Changes").click()
    dashboard.get_by_label("From").fill((today - timedelta(days=9)).isoformat())
    expect(dashboard).to_have_url(re.compile("since="))
    dashboard.get_by_label("To", exact=True).fill((today - timedelta(days=8)).isoformat())
    expect(dashboard).to_have_url(re.compile("until="))

    expect(dashboard.locator("#list")).to_contain_text("First list: 4 packages")
    expect(dashboard.get_by_role("link", name="4005", exact=True)).to_have_count(0)


def test_does_it_break_us_is_one_click_and_a_paste(dashboard: Page) -> None:
    dashboard.get_by_role("link", name="Check my IDs").first.click()
    text = 'image_id = "4006"\nimage: 9999\nport = 8080\nimage_id: 4005\n'
    dashboard.get_by_label("Paste any text with IDs").fill(text)
    dashboard.get_by_role("button", name="Check", exact=True).click()

    expect(dashboard.get_by_role("heading", name="3 IDs found")).to_be_visible()
    for pile, item_id in (("changed", "4005"), ("never", "9999"), ("fine", "4006")):
        rows = dashboard.locator(f"section[aria-labelledby={pile}] li")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(item_id)
