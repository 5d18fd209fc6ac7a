"""Everything that filters, sorts, compares and checks, with JavaScript turned off."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plain(
    browser: Browser,
    browser_context_args: Any,
    live_server: Any,
    cast: SimpleNamespace,
    sign_in: Any,
) -> Iterator[Page]:
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    cookie = sign_in(cast.olga).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_on_a_phone_menu_and_filters_open(plain: Page, live_server: Any, stage: Catalog) -> None:
    plain.set_viewport_size({"width": 390, "height": 844})
    plain.goto(f"{live_server.url}/c/{stage.slug}/images/")
    plain.get_by_role("button", name="Menu").click()
    expect(
        plain.get_by_role("navigation", name="Main").get_by_role("link", name="Error codes")
    ).to_be_visible()
    plain.get_by_role("button", name="Filters").click()
    plain.get_by_role("checkbox", name=re.compile("ceph")).check(force=True)
    plain.get_by_role("button", name="Search").click()

    expect(plain.locator("tbody tr")).to_have_count(1)


def test_images_by_type_system_status_and_word(
    plain: Page, live_server: Any, stage: Catalog
) -> None:
    plain.goto(f"{live_server.url}/c/{stage.slug}/images/")
    for box in ("^BL ", "^Ubuntu Server ", "^Recently added "):
        plain.get_by_role("checkbox", name=re.compile(box)).check(force=True)
    plain.get_by_role("searchbox").fill("a/b")
    plain.get_by_role("button", name="Search").click()
    assert plain.locator("tbody .iid").all_inner_texts() == ["a/b?c"]
    plain.goto(f"{live_server.url}/c/{stage.slug}/images/?q=401")
    plain.get_by_role("link", name="Image ID").first.click()

    assert plain.locator("tbody .iid").all_inner_texts() == [
        f"40{number}" for number in range(19, 9, -1)
    ]


def test_changes_by_kind(plain: Page, live_server: Any, stage: Catalog) -> None:
    plain.goto(f"{live_server.url}/c/{stage.slug}/changes/")
    plain.get_by_role("checkbox", name="Added").check(force=True)
    plain.get_by_role("button", name="Show").click()

    expect(plain).to_have_url(re.compile(r"grade=added$"))
    assert plain.locator(".chgs .iid").all_inner_texts() == ["a/b?c"]


def test_a_comparison_is_chosen_and_swapped(plain: Page, live_server: Any, stage: Catalog) -> None:
    plain.goto(f"{live_server.url}/c/{stage.slug}/compare/")
    plain.get_by_role("link", name="Swap").first.click()
    expect(plain.locator("#pair")).to_have_text(re.compile(r"\(#2\) →[\s\S]*\(#1\)"))
    older = plain.locator("#to").input_value()
    plain.locator("#to").fill(plain.locator("#from").input_value())
    plain.locator("#from").fill(older)
    plain.get_by_role("button", name="Compare", exact=True).click()

    expect(plain.locator("#pair")).to_have_text(re.compile(r"\(#1\) →[\s\S]*\(#2\)"))


def test_error_codes_are_searched_and_an_error_is_explained(
    plain: Page, live_server: Any, stage: Catalog
) -> None:
    plain.goto(f"{live_server.url}/errors/")
    plain.get_by_role("searchbox").fill("主机类型")
    plain.get_by_role("button", name="Search").click()
    assert "220018-2" in [article.get_attribute("id") for article in plain.locator("article").all()]
    plain.get_by_role("link", name="Explain an error").click()
    plain.get_by_role("textbox").fill('{"secret":"hunter2-hunter2","code":1005}')
    plain.get_by_role("button", name="Explain").click()

    expect(plain.get_by_role("heading", name="1005 请求处理中")).to_be_visible()
    assert "hunter2" not in plain.content()


def test_a_check_is_started(plain: Page, live_server: Any, catalog: Catalog) -> None:
    plain.goto(f"{live_server.url}/c/{catalog.slug}/images/")
    plain.get_by_role("button", name="Check now").click()

    expect(plain.get_by_text("The check has started.")).to_be_visible()
    expect(plain.get_by_role("region", name="List status")).to_contain_text("Checking…")
