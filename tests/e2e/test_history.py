"""From a change to its image, to the two lists around it, and to an address that shows the same
to a colleague.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_each_change_leads_to_its_image(signed_in: Page, live_server: Any, stage: Catalog) -> None:
    base = f"/c/{stage.slug}"
    signed_in.goto(f"{live_server.url}{base}/changes/")
    links = signed_in.locator(".chgs .iid")

    assert [link.get_attribute("href") for link in links.all()] == [
        f"{base}/images/4005/",
        f"{base}/images/~YS9iP2M/",
    ]
    links.last.click()
    expect(signed_in.get_by_role("heading", level=1)).to_contain_text("a/b?c")


def test_compare_with_previous_opens_the_right_pair(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/changes/")
    signed_in.get_by_role("link", name="Compare with previous #2").click()

    expect(signed_in).to_have_url(f"{live_server.url}/c/{stage.slug}/compare/?from=1&to=2")
    expect(signed_in.locator("#pair")).to_have_text(re.compile(r"\(#1\) →[\s\S]*\(#2\)"))
    expect(signed_in.locator("form.cmp").get_by_text("list of").first).to_contain_text("(#1)")


def test_a_copied_link_alone_shows_the_same_comparison(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/compare/")
    signed_in.get_by_role("link", name="Swap").first.click()
    expect(signed_in.locator("#pair")).to_have_text(re.compile(r"\(#2\) →[\s\S]*\(#1\)"))
    shown = signed_in.locator("#result").inner_text()
    signed_in.get_by_role("button", name="Copy link").click()
    link = signed_in.evaluate("navigator.clipboard.readText()")
    signed_in.goto("about:blank")
    signed_in.goto(link)

    assert link == f"{live_server.url}/c/{stage.slug}/compare/?from=2&to=1"
    assert signed_in.locator("#result").inner_text() == shown


def test_the_same_snapshot_twice_has_no_differences(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/compare/?from=2&to=2")

    expect(signed_in.get_by_role("heading", name="No differences")).to_be_visible()
    expect(signed_in.locator("#result tbody")).to_have_count(0)


def test_a_codes_link_leads_to_its_second_meaning(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/errors/?q=220018&api=image-list")
    signed_in.locator("article").nth(1).get_by_role("link", name="220018").click()

    expect(signed_in).to_have_url(f"{live_server.url}/errors/220018/#220018-2")
    expect(signed_in.locator(":target")).to_be_in_viewport()
    assert (
        signed_in.locator(":target").evaluate("e => getComputedStyle(e).backgroundColor")
        != "rgba(0, 0, 0, 0)"
    )
    signed_in.get_by_role("button", name="Copy link").click()
    assert (
        signed_in.evaluate("navigator.clipboard.readText()") == f"{live_server.url}/errors/220018/"
    )


def test_a_note_is_written_without_leaving_the_image(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/4005/")
    signed_in.get_by_text("Add a note").click()
    signed_in.get_by_role("textbox", name="Note of the team").fill("base of the Maya template")
    signed_in.locator("#note").get_by_role("button", name="Save").click()

    expect(signed_in.locator("#note")).to_contain_text(
        re.compile(r"base of the Maya template\s*olga · \d{4}-")
    )
