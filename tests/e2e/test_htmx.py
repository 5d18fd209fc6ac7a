"""What acts without a reload: a mark on the window tells whether the page is still the same one."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.items import refresh
from xdportal.catalog.models import Catalog
from xdportal.simulator import Simulator

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
    expect(page.locator("#list tbody tr")).not_to_have_count(
        both
    )  # the facets are exchanged together with the list
    counted = page.get_by_role("checkbox", name=re.compile("^BL ")).evaluate(
        "e => e.labels[0].querySelector('b').innerText"
    )
    expect(page.locator("#list tbody tr")).to_have_count(int(counted))
    assert is_same(page)
    shown = rows(page)
    page.reload()
    assert rows(page) == shown


def test_sorting_keeps_the_filter_and_both_stand_in_the_address(
    opened: Callable[[str], Page],
) -> None:
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


def test_on_a_phone_the_list_is_sorted_among_the_filters(opened: Callable[[str], Page]) -> None:
    page = opened("images/?q=401")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Filters").click()
    by_id = page.get_by_role("navigation", name="Sort by").get_by_role("link", name="Image ID")
    by_id.click()
    expect(page).to_have_url(re.compile(r"sort=-id"))
    assert rows(page) == [f"40{number}" for number in range(19, 9, -1)]
    expect(by_id).to_have_attribute("aria-current", "true")
    expect(by_id).to_be_visible()


def test_swapping_a_comparison_exchanges_it(opened: Callable[[str], Page]) -> None:
    page = opened("compare/?from=1&to=2")
    expect(page.locator("#pair")).to_have_text(re.compile(r"\(#1\) →[\s\S]*\(#2\)"))
    page.get_by_role("link", name="Swap").first.click()
    expect(page.locator("#pair")).to_have_text(re.compile(r"\(#2\) →[\s\S]*\(#1\)"))
    expect(page).to_have_url(re.compile(r"from=2&to=1"))
    assert is_same(page)
    page.locator("#from").fill(page.locator("#to").input_value())
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="No differences")).to_be_visible()
    assert is_same(page)


def test_kinds_of_change_act_at_once(opened: Callable[[str], Page]) -> None:
    page = opened("changes/")
    page.get_by_role("checkbox", name=re.compile("Other version")).check(force=True)
    expect(page).to_have_url(re.compile("grade=version"))
    expect(page.locator("#list .sign.add")).to_have_count(0)
    assert is_same(page)


def test_error_codes_are_found_while_typing_in_both_languages(
    signed_in: Page, live_server: Any
) -> None:
    signed_in.goto(f"{live_server.url}/errors/")
    for word in ("主机", "host"):
        signed_in.get_by_role("searchbox").fill(word)
        expect(signed_in).to_have_url(re.compile(r"\?q="))
        expect(signed_in.locator("#list article")).not_to_have_count(88)
        assert {"220018", "220018-2"} <= {
            found.get_attribute("id") for found in signed_in.locator("article").all()
        }


def test_a_pasted_secret_is_hidden_before_it_is_sent(signed_in: Page, live_server: Any) -> None:
    sent: list[str] = []
    signed_in.on("request", lambda request: sent.append(request.post_data or ""))
    signed_in.goto(f"{live_server.url}/errors/decode/")
    signed_in.get_by_role("textbox").fill(
        '{"secret":"hunter2-hunter2"} 4vL4rcNGNcgx5v0RLCcFew {"code":1005}'
    )
    signed_in.get_by_role("button", name="Explain").click()

    expect(signed_in.get_by_role("heading", name="1005 请求处理中")).to_be_visible()
    assert any('{"secret":"•••"} ••• {"code":1005}' in text for text in sent)
    assert [text for text in sent if "hunter2" in text or "4vL4" in text] == []


def test_check_now_tells_its_progress_without_a_reload(
    signed_in: Page, live_server: Any, catalog: Catalog, cast: Any
) -> None:
    signed_in.goto(f"{live_server.url}/c/{catalog.slug}/images/")
    signed_in.evaluate("window.same = true")
    signed_in.get_by_role("button", name="Check now").click()
    status = signed_in.get_by_role("region", name="List status")
    expect(status).to_contain_text("Checking…")
    expect(status).to_contain_text("It will start in a moment. You can leave the page.")
    expect(status).to_have_attribute("aria-busy", "true")
    expect(signed_in.get_by_role("button", name="Check now")).to_be_disabled()
    refresh(catalog)
    expect(status).to_contain_text("Up to date", timeout=8000)
    expect(signed_in.get_by_role("button", name="Check now")).to_be_enabled()
    expect(signed_in.locator("#list tbody tr").first).to_be_visible()
    assert is_same(signed_in)
    assert catalog.checks.count() == 1


def test_a_running_check_shows_how_long_it_has_been_reading(
    signed_in: Page, live_server: Any, catalog: Catalog, cast: Any
) -> None:
    started = timezone.now() - timedelta(seconds=12)
    Catalog.objects.update(
        lease_holder="x", lease_started=started, lease_until=started + timedelta(minutes=1)
    )
    signed_in.goto(f"{live_server.url}/c/{catalog.slug}/images/")
    status = signed_in.get_by_role("region", name="List status")

    expect(status).to_contain_text(
        re.compile(r"Reading the list for 1[2-9] s so far\.\s+You can leave the page\.")
    )
    expect(status).to_contain_text(re.compile(r"Reading the list for (1[5-9]|2\d) s"), timeout=8000)


def test_check_now_ends_in_the_error_with_its_code_and_trace_id(
    signed_in: Page, live_server: Any, catalog: Catalog, simulator: Simulator
) -> None:
    refresh(catalog)
    simulator.fault("code", code=1003, msg="请稍后再试")
    signed_in.goto(f"{live_server.url}/c/{catalog.slug}/changes/")
    signed_in.get_by_role("button", name="Check now").dblclick()
    status = signed_in.get_by_role("region", name="List status")
    expect(status).to_contain_text("Checking…")
    refresh(catalog)
    check = catalog.checks.latest("pk")

    expect(status.get_by_role("link", name="1003")).to_have_attribute(
        "href", "/errors/1003/", timeout=8000
    )
    expect(status).to_contain_text("请稍后再试")
    expect(status.locator("code")).to_have_text(check.trace_id)
    assert catalog.checks.count() == 2


def slowly(seconds: float) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        route.request.frame.page.wait_for_timeout(1000 * seconds)
        route.continue_()

    return answer


def test_what_takes_longer_shows_that_something_is_coming(opened: Callable[[str], Page]) -> None:
    page = opened("images/")
    page.route("**/images/?*", slowly(0.8))
    page.get_by_role("checkbox", name=re.compile("^ceph ")).check(force=True)
    expect(page.locator("#list > .skel")).to_be_visible()
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list > .skel")).to_be_hidden()


def test_a_failed_request_says_so_and_keeps_the_list(
    opened: Callable[[str], Page], expected: list[str]
) -> None:
    expected += [
        "500",
        "Internal Server Error",
        "ERR_FAILED",
        "htmx:sendError",
        "htmx:afterRequest",
        "Response Status Error Code",
    ]
    page = opened("images/")
    before = rows(page)
    for how in (
        lambda route: route.fulfill(status=500, body="broken"),
        lambda route: route.abort(),
    ):
        page.route("**/images/?*", how)
        page.get_by_role("checkbox", name=re.compile("^ceph ")).check(force=True)
        expect(page.locator("#toast")).to_have_text(
            "That didn’t work, and nothing was changed. Please try again."
        )
        assert rows(page) == before
        page.unroute("**/images/?*")
        page.reload()


def test_after_the_session_has_ended_htmx_leads_to_sign_in_and_back(
    opened: Callable[[str], Page],
) -> None:
    page = opened("images/")
    page.context.clear_cookies()
    page.get_by_role("checkbox", name=re.compile("^ceph ")).check(force=True)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page).to_have_url(re.compile(r"/images/\?.*type=ceph"))
    assert rows(page) == ["4040"]
