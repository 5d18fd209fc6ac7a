"""What acts without a reload: a mark on the window tells whether the page is still the same one."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from xdportal.catalog.models import Catalog
from xdportal.catalog.refresh import refresh

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(signed_in: Page, live_server: Any, stage: Catalog) -> Callable[[str], Page]:
    def go(path: str) -> Page:
        signed_in.goto(f"{live_server.url}/c/{stage.slug}/{path}")
        signed_in.evaluate("window.same = true")
        return signed_in

    return go


def rows(page: Page) -> list[str]:
    return page.locator("#list tbody tr .iid").all_inner_texts()


def is_same(page: Page) -> bool:
    return bool(page.evaluate("window.same === true"))


def test_typing_filters_keeps_the_focus_and_back_restores(opened: Callable[[str], Page]) -> None:
    page = opened("images/")
    before = rows(page)
    page.keyboard.press("/")
    page.keyboard.type("4005", delay=30)
    expect(page.locator("#list tbody tr")).to_have_count(1, timeout=1500)

    assert rows(page) == ["4005"]
    expect(page).to_have_url(re.compile(r"\?q=4005"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("#said")).to_have_text("1 image")
    assert is_same(page)
    page.go_back()
    expect(page.locator("#list tbody tr")).to_have_count(len(before))


def test_facets_act_together_and_their_counts_agree(opened: Callable[[str], Page]) -> None:
    page = opened("images/")
    for value, number in (("ceph", 1), ("BL", len(rows(page)))):
        page.get_by_role("checkbox", name=re.compile(f"^{value} ")).check(force=True)
        expect(page.locator("#list tbody tr")).to_have_count(number)
    expect(page).to_have_url(re.compile(r"type=BL&type=ceph|type=ceph&type=BL"))
    both = len(rows(page))
    page.get_by_role("checkbox", name=re.compile("^ceph ")).uncheck(force=True)
    expect(page.locator("#list tbody tr")).not_to_have_count(both)  # the facets are exchanged together with the list
    counted = page.get_by_role("checkbox", name=re.compile("^BL ")).evaluate(
        "e => e.labels[0].querySelector('b').innerText"
    )
    expect(page.locator("#list tbody tr")).to_have_count(int(counted))
    assert is_same(page)
    shown = rows(page)
    page.reload()
    assert rows(page) == shown


def test_sorting_keeps_the_filter_and_both_stand_in_the_address(opened: Callable[[str], Page]) -> None:
    page = opened("images/?type=BL&page=1")
    page.get_by_role("link", name="Image ID").click()
    expect(page.locator("th", has_text="Image ID")).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"\?type=BL&sort=-id$"))
    assert is_same(page)
    page.get_by_role("searchbox").fill("401")
    expect(page).to_have_url(re.compile("q=401"))
    expect(page.locator("#list tbody tr")).to_have_count(10)
    assert rows(page) == [f"40{number}" for number in range(19, 9, -1)]
    expect(page.locator("#csv")).to_have_attribute("href", re.compile("q=401"))


def test_swapping_a_comparison_exchanges_it(opened: Callable[[str], Page]) -> None:
    page = opened("compare/?from=1&to=2")
    expect(page.locator("#pair")).to_have_text("#1 → #2")
    page.get_by_role("link", name="Swap").first.click()
    expect(page.locator("#pair")).to_have_text("#2 → #1")
    expect(page).to_have_url(re.compile(r"from=2&to=1"))
    assert is_same(page)
    page.get_by_label("From (older)").select_option("1")
    page.get_by_role("button", name="Show differences").click()
    expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    assert is_same(page)


def test_kinds_of_change_act_at_once(opened: Callable[[str], Page]) -> None:
    page = opened("changes/")
    page.get_by_role("checkbox", name="Removed").check(force=True)
    expect(page).to_have_url(re.compile("kind=removed"))
    expect(page.locator("#list .sign.add")).to_have_count(0)
    assert is_same(page)


def test_error_codes_are_found_while_typing_in_both_languages(signed_in: Page, live_server: Any) -> None:
    signed_in.goto(f"{live_server.url}/errors/")
    for word in ("主机", "host"):
        signed_in.get_by_role("searchbox").fill(word)
        expect(signed_in).to_have_url(re.compile(r"\?q="))
        expect(signed_in.locator("#list article")).not_to_have_count(79)
        assert {"220018", "220018-2"} <= {found.get_attribute("id") for found in signed_in.locator("article").all()}


def test_a_pasted_secret_is_struck_out_before_it_is_sent(signed_in: Page, live_server: Any) -> None:
    sent: list[str] = []
    signed_in.on("request", lambda request: sent.append(request.post_data or ""))
    signed_in.goto(f"{live_server.url}/errors/decode/")
    signed_in.get_by_role("textbox").fill('{"secret":"hunter2-hunter2"} 4vL4rcNGNcgx5v0RLCcFew {"code":1005}')
    signed_in.get_by_role("button", name="Decode").click()

    expect(signed_in.get_by_role("heading", name="What it means")).to_be_visible()
    assert any('{"secret":"•••"} ••• {"code":1005}' in text for text in sent)
    assert [text for text in sent if "hunter2" in text or "4vL4" in text] == []


def test_check_now_tells_its_progress_without_a_reload(
    signed_in: Page, live_server: Any, catalog: Catalog, cast: Any
) -> None:
    signed_in.goto(f"{live_server.url}/c/{catalog.slug}/images/")
    signed_in.evaluate("window.same = true")
    signed_in.get_by_role("button", name="Check now").click()
    status = signed_in.get_by_role("region", name="Catalog status")
    expect(status).to_contain_text("Checking…")
    expect(status).to_have_attribute("aria-busy", "true")
    expect(signed_in.get_by_role("button", name="Check now")).to_be_disabled()
    refresh(catalog)
    expect(status).to_contain_text("Up to date", timeout=8000)
    expect(signed_in.get_by_role("button", name="Check now")).to_be_enabled()
    expect(signed_in.locator("#list tbody tr").first).to_be_visible()
    assert is_same(signed_in)
    assert catalog.checks.count() == 1
