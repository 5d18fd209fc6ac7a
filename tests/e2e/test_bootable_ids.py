"""What is copied or saved from a list can be booted, unless withdrawn ids were asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.items import give, item
from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

GONE = "4002"  # withdrawn a minute ago


@pytest.fixture
def images(signed_in: Page, live_server: Any, stage: Catalog) -> Page:
    listed = stage.listings.filter(ended=None).exclude(item_id=GONE)
    rows = [item(row.item_id, row.version, row.name, row.type) for row in listed]
    give(stage, rows, timezone.now() - timedelta(minutes=1))
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/")
    return signed_in


def shown(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#list a.iid").all_inner_texts()]


def copied(page: Page) -> list[str]:
    page.get_by_role("link", name="Copy all IDs").click()
    expect(page.locator("#toast")).to_contain_text("Copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text.split()


def saved(page: Page) -> list[str]:
    """Return what the address of the ids alone answers, with the page's filters."""
    address = page.url.replace("/images/", "/images.txt")
    return page.request.get(address).text().split()


def test_list_copy_and_file_hold_what_can_be_booted(images: Page) -> None:
    expect(images.get_by_role("link", name="Copy all IDs", exact=True)).to_be_visible()
    expect(images.locator("#list")).not_to_contain_text("incl.")

    assert GONE not in shown(images)
    assert len(shown(images)) == 41
    assert copied(images) == saved(images) == shown(images)


def test_withdrawn_ids_come_with_a_choice_that_is_said(images: Page) -> None:
    status = images.get_by_role("group", name="Show")
    expect(status.get_by_role("checkbox", name="Bootable")).to_be_checked()
    status.get_by_role("checkbox", name="Withdrawn").check(force=True)

    expect(images.locator("#list .bar")).to_contain_text("incl. 1 withdrawn")
    name = "Copy all IDs, incl. 1 withdrawn"
    expect(images.get_by_role("link", name=name)).to_be_visible()
    assert GONE in shown(images)
    assert copied(images) == saved(images) == shown(images)


def test_the_foot_says_what_is_left_out_and_shows_it(images: Page) -> None:
    foot = images.locator("#list .foot", has_text="formerly listed")
    expect(foot).to_contain_text("1 formerly listed image is withdrawn.")
    foot.get_by_role("link", name="Show them").click()

    expect(images.get_by_role("link", name="Copy all IDs, incl. 1 withdrawn")).to_be_visible()
    assert shown(images) == [GONE]
    assert copied(images) == saved(images) == [GONE]
