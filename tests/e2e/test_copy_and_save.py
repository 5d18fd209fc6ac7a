"""What leaves the page: ids to the clipboard, exports to a file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def images(signed_in: Page, live_server: Any, stage: Catalog) -> Page:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/?q=401")
    return signed_in


# Two pieces of 6,000 lines, with 0.6 s before each and before the end.
IN_PIECES = """() => {
  const rows = new TextEncoder().encode("row\\n".repeat(6000));
  const headers = { "Content-Disposition": 'filename="x.csv"' };
  let given = 0;
  const pull = async (to) => {
    await new Promise((go) => setTimeout(go, 600));
    (given += 1) > 2 ? to.close() : to.enqueue(rows);
  };
  window.fetch = () => Promise.resolve(new Response(new ReadableStream({ pull }), { headers }));
}"""


def toast(page: Page) -> Any:
    return page.locator("#toast")


def test_copy_puts_the_exact_id_on_the_clipboard(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/?q=a/b")
    signed_in.get_by_role("button", name="Copy ID a/b?c").click()

    expect(toast(signed_in)).to_have_text("Copied a/b?c")
    expect(toast(signed_in)).to_have_attribute("role", "status")
    assert signed_in.evaluate("navigator.clipboard.readText()") == "a/b?c"


def test_copy_works_without_the_clipboards_interface(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    """As over plain HTTP on a local network."""
    signed_in.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/?q=a/b")
    signed_in.get_by_role("button", name="Copy ID a/b?c").click()
    expect(toast(signed_in)).to_have_text("Copied a/b?c")
    signed_in.locator("#q").focus()
    signed_in.keyboard.press("Control+a")
    signed_in.keyboard.press("Control+v")

    expect(signed_in.locator("#q")).to_have_value("a/b?c")


def test_copy_all_copies_the_filtered_ids_one_a_line(images: Page) -> None:
    images.get_by_role("link", name="Copy all IDs").click()
    expect(toast(images)).to_have_text("Copied 10 IDs")
    assert images.evaluate("navigator.clipboard.readText()").split() == [
        f"{number}" for number in range(4010, 4020)
    ]


def test_copy_all_follows_a_filter_that_acts_without_a_reload(images: Page) -> None:
    images.locator("#q").fill("4011")
    expect(images.locator("#list tbody tr")).to_have_count(1)
    images.get_by_role("link", name="Copy all IDs").click()

    expect(toast(images)).to_have_text("Copied 1 ID")
    assert images.evaluate("navigator.clipboard.readText()") == "4011\n"


def test_ids_that_the_clipboard_does_not_take_are_saved_as_a_file(images: Page) -> None:
    images.evaluate("() => { navigator.clipboard.write = () => Promise.reject(new Error('no')); }")
    with images.expect_download() as saved:
        images.get_by_role("link", name="Copy all IDs").click()

    assert saved.value.suggested_filename.endswith(".txt")
    assert Path(saved.value.path()).read_text().split() == [
        f"{number}" for number in range(4010, 4020)
    ]


def test_an_export_is_saved_whole_under_its_name(images: Page, stage: Catalog) -> None:
    with images.expect_download() as saved:
        images.get_by_role("link", name="Export CSV").click()

    assert re.fullmatch(
        rf"xdportal-{stage.slug}-images-\d{{8}}-\d{{4}}\.csv", saved.value.suggested_filename
    )
    lines = Path(saved.value.path()).read_bytes().decode().splitlines()
    assert lines[0] == "\ufeffimage_id,type,system,version,status,first_seen,last_change"
    assert [line.partition(",")[0] for line in lines[1:]] == [
        f"{number}" for number in range(4010, 4020)
    ]
    expect(toast(images)).to_have_text(f"Saved {saved.value.suggested_filename}")


def test_a_long_export_shows_its_progress(images: Page) -> None:
    images.evaluate(IN_PIECES)
    with images.expect_download():
        images.get_by_role("link", name="Export CSV").click()
        expect(toast(images)).to_have_text("Exporting… 6,000 lines so far")
        expect(images.locator("#csv")).to_have_attribute("aria-busy", "true")
    expect(images.locator("#csv")).not_to_have_attribute("aria-busy", "true")


def test_an_export_that_fails_says_so_and_saves_nothing(images: Page, expected: list[str]) -> None:
    expected.append("500")

    def fail(route: Route) -> None:
        route.fulfill(status=500, body="half a file")

    images.route("**/images.csv*", fail)
    images.get_by_role("link", name="Export CSV").click()

    expect(toast(images)).to_have_text(
        "The export was interrupted, and nothing was saved. Try again."
    )


def test_after_the_session_has_ended_no_sign_in_page_is_copied_or_saved(images: Page) -> None:
    images.evaluate("navigator.clipboard.writeText('before')")
    images.context.clear_cookies()
    images.get_by_role("link", name="Export CSV").click()
    expect(toast(images)).to_have_text(
        "The export was interrupted, and nothing was saved. Try again."
    )
    images.get_by_role("link", name="Copy all IDs").click()

    expect(images.get_by_role("heading", name="Sign in")).to_be_visible()
    assert images.evaluate("navigator.clipboard.readText()") == "before"


def test_without_script_both_are_files(
    browser: Browser,
    browser_context_args: Any,
    live_server: Any,
    stage: Catalog,
    cast: Any,
    sign_in: Any,
) -> None:
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    cookie = sign_in(cast.olga).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{stage.slug}/images/?type=ceph")
    for name, ending in (("Copy all IDs", ".txt"), ("Export CSV", ".csv")):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name).click()
        assert saved.value.suggested_filename.endswith(ending)
        assert "4040" in Path(saved.value.path()).read_text()
    page.goto(f"{live_server.url}/c/{stage.slug}/snapshots/1/")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Export JSON").click()
    assert len(json.loads(Path(saved.value.path()).read_text())["images"]) == 41
    context.close()
