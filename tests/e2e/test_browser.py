import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages import paths
from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LOOKS = [
    ("en", 1440, "light"),
    ("zh-hans", 1440, "dark"),
    ("zh-hans", 390, "light"),
    ("en", 390, "dark"),
    ("zh-hans", 320, "dark"),
    ("en", 320, "light"),
]


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_no_page_has_an_error_or_scrolls_sideways(
    live_server: Any, signed_in: Page, stage: Catalog, cast: SimpleNamespace, language: str, width: int, scheme: Any
) -> None:
    cast.olga.language = language
    cast.olga.save()
    signed_in.set_viewport_size({"width": width, "height": 844})
    signed_in.emulate_media(color_scheme=scheme)
    for path in paths(stage):
        answer = signed_in.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
        assert signed_in.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert signed_in.evaluate("document.documentElement.lang") == ("zh-Hans" if language == "zh-hans" else "en")
        expect(signed_in.locator("h1")).to_have_count(1)


def test_signing_in_by_typing(page: Page, live_server: Any, stage: Catalog, errors: list[str]) -> None:
    page.goto(f"{live_server.url}/c/{stage.slug}/images/")
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{live_server.url}/c/{stage.slug}/images/")
    expect(page.get_by_role("heading", name="Images", exact=True)).to_be_visible()


def test_a_facet_acts_at_once_and_stands_in_the_address(signed_in: Page, live_server: Any, stage: Catalog) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/")
    signed_in.get_by_role("checkbox", name=re.compile("ceph")).check(force=True)

    expect(signed_in).to_have_url(re.compile(r"type=ceph"))
    expect(signed_in.locator("tbody tr")).to_have_count(1)
    signed_in.reload()
    expect(signed_in.locator("tbody tr")).to_have_count(1)
    expect(signed_in.get_by_role("checkbox", name=re.compile("ceph"))).to_be_checked()


def test_language_switch_keeps_address_and_filter(signed_in: Page, live_server: Any, stage: Catalog) -> None:
    address = f"{live_server.url}/c/{stage.slug}/images/?type=ceph"
    signed_in.goto(address)
    signed_in.get_by_role("button", name="中文").click()

    expect(signed_in).to_have_url(address)
    expect(signed_in.get_by_role("heading", name="镜像", exact=True)).to_be_visible()


def test_theme_is_the_systems_until_chosen_and_then_stays(signed_in: Page, live_server: Any, stage: Catalog) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    signed_in.emulate_media(color_scheme="dark")
    signed_in.goto(f"{live_server.url}/")
    dark = signed_in.evaluate(background)
    signed_in.emulate_media(color_scheme="light")
    light = signed_in.evaluate(background)
    assert dark != light
    signed_in.get_by_role("button", name="Use the dark theme").click()
    expect(signed_in.locator("html")).to_have_attribute("data-theme", "dark")
    signed_in.reload()
    assert signed_in.evaluate(background) == dark


def test_without_script_everything_is_within_reach(
    browser: Browser, browser_context_args: Any, live_server: Any, stage: Catalog, cast: SimpleNamespace, sign_in: Any
) -> None:
    context = browser.new_context(
        **{**browser_context_args, "java_script_enabled": False, "viewport": {"width": 390, "height": 844}}
    )
    cookie = sign_in(cast.olga).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{stage.slug}/images/")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Error codes")).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("checkbox", name=re.compile("ceph")).check(force=True)
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    context.close()


def test_an_anchor_of_a_code_is_marked(signed_in: Page, live_server: Any, stage: Catalog) -> None:
    signed_in.goto(f"{live_server.url}/errors/#220018-2")
    marked = signed_in.locator(":target")

    expect(marked).to_be_in_viewport()
    expect(marked).to_contain_text("挂载主机类型错误")


def test_keys_lead_and_are_off_in_fields_and_on_request(
    signed_in: Page, live_server: Any, stage: Catalog, cast: SimpleNamespace
) -> None:
    images = f"{live_server.url}/c/{stage.slug}/images/"
    signed_in.goto(images)
    signed_in.keyboard.press("/")
    expect(signed_in.get_by_role("searchbox")).to_be_focused()
    signed_in.keyboard.type("gh")
    expect(signed_in).to_have_url(images)
    signed_in.goto(images)
    signed_in.keyboard.press("g")
    signed_in.keyboard.press("h")
    expect(signed_in).to_have_url(f"{live_server.url}/c/{stage.slug}/changes/")
    cast.olga.shortcuts = False
    cast.olga.save()
    signed_in.goto(images)
    signed_in.keyboard.press("/")
    expect(signed_in.get_by_role("searchbox")).not_to_be_focused()
