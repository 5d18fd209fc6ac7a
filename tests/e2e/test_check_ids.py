"""Check my IDs: the corrected text is a click away, and without script it is there to be copied."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.items import give, item, items
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TEXT = """
# 渲染 <farm> & co
image_id = "4201"   # was 4201
port = 4201

\timages: [4202, 4203]
token = hunter2-hunter2
"""
CORRECTED = TEXT.replace('"4201"', '"4301"').replace("hunter2-hunter2", "•••")


@pytest.fixture
def broken(cast: SimpleNamespace) -> Catalog:
    """4201 was withdrawn, and 4301 means the same; 4202 was withdrawn, and nothing does."""
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )
    catalog = connection.catalogs.get(kind="images")
    listed = [item("4203"), *items(range(100, 120))]
    before = [item("4201", name="Old"), item("4202", name="Rare")]
    give(catalog, [*before, *listed], timezone.now() - timedelta(days=1))
    give(catalog, [item("4301", name="Old"), *listed], timezone.now())
    return catalog


def check(page: Page, base: str) -> None:
    page.goto(f"{base}/check/?team=render")
    page.get_by_label("Paste any text with IDs").fill(TEXT)
    page.get_by_role("button", name="Check", exact=True).click()


def test_the_corrected_text_is_copied(signed_in: Page, live_server: Any, broken: Catalog) -> None:
    check(signed_in, live_server.url)
    signed_in.get_by_role("button", name="Copy corrected text").click()

    expect(signed_in.locator("#toast")).to_have_text("Copied the text with 1 ID replaced")
    assert signed_in.evaluate("navigator.clipboard.readText()") == CORRECTED


def test_without_script_it_can_be_copied_by_hand(
    browser: Browser,
    browser_context_args: Any,
    live_server: Any,
    broken: Catalog,
    cast: SimpleNamespace,
    sign_in: Any,
) -> None:
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    cookie = sign_in(cast.olga).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    check(page, live_server.url)
    page.locator("summary", has_text="Corrected text").click()

    expect(page.get_by_label("Corrected text")).to_be_visible()
    expect(page.get_by_label("Corrected text")).to_have_value(CORRECTED)
    context.close()
