"""What the keys do, and where they do nothing."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def images(signed_in: Page, live_server: Any, stage: Catalog) -> Page:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/?type=BL&q=401")
    return signed_in


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText"))


def test_j_and_k_go_through_the_rows_and_c_copies(images: Page) -> None:
    visited = []
    for key in "jjk":
        images.keyboard.press(key)
        visited.append(focused(images))
    assert visited == ["4010", "4011", "4010"]
    images.keyboard.press("c")
    expect(images.get_by_role("status").filter(has_text="Copied")).to_have_text("Copied 4010")
    assert images.evaluate("navigator.clipboard.readText()") == "4010"


def test_k_stays_on_the_first_row_and_j_on_the_last(images: Page) -> None:
    images.keyboard.press("k")
    assert focused(images) == "4010"
    for _ in range(20):
        images.keyboard.press("j")
    assert focused(images) == "4019"


def test_the_help_opens_holds_the_keys_and_closes(images: Page) -> None:
    images.keyboard.press("?")
    expect(images.get_by_role("dialog", name="Keys")).to_be_visible()
    images.keyboard.press("j")
    images.keyboard.press("Escape")
    expect(images.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("modifier", ["Control", "Meta", "Alt"])
def test_with_a_modifier_they_are_the_browsers(images: Page, modifier: str) -> None:
    images.keyboard.press(f"{modifier}+j")

    assert images.evaluate("document.activeElement.tagName") == "BODY"


@pytest.mark.parametrize("keys", ["gi", "gh", "gc", "gs", "gd", "ge"])
def test_g_and_a_letter_lead_to_a_page(
    images: Page, live_server: Any, stage: Catalog, keys: str
) -> None:
    base = f"/c/{stage.slug}/"
    pages = {
        "i": f"{base}images/",
        "h": f"{base}changes/",
        "c": f"{base}compare/",
        "s": f"{base}snapshots/",
    }
    for key in keys:
        images.keyboard.press(key)
    expect(images).to_have_url(live_server.url + {**pages, "d": "/", "e": "/errors/"}[keys[1]])


def test_turned_off_they_and_their_help_are_gone(images: Page, cast: SimpleNamespace) -> None:
    cast.olga.shortcuts = False
    cast.olga.save()
    images.reload()
    images.keyboard.press("j")
    images.keyboard.press("?")

    assert images.evaluate("document.activeElement.tagName") == "BODY"
    expect(images.locator("#keys")).to_have_count(0)


def test_the_print_holds_the_table_the_name_and_the_time_of_the_data_but_no_buttons(
    images: Page,
) -> None:
    images.emulate_media(media="print")

    expect(images.get_by_role("table")).to_be_visible()
    expect(images.get_by_text("Main · production").last).to_be_visible()
    expect(images.locator(".status time").first).to_be_visible()
    assert [
        button for button in images.locator("button, .btn, nav").all() if button.is_visible()
    ] == []
    assert re.fullmatch(
        r"rgb\(255, 255, 255\)", images.evaluate("getComputedStyle(document.body).backgroundColor")
    )


@pytest.mark.parametrize(
    ("path", "visited"),
    [
        ("/c/{slug}/changes/", ["4005", "a/b?c"]),
        ("/c/{slug}/compare/", ["4005", "a/b?c"]),
        ("/c/{slug}/snapshots/", ["#2", "#1"]),
        ("/errors/", ["220001", "220002", "220016", "220017"]),
    ],
)
def test_j_goes_through_what_has_an_id_on_every_page(
    signed_in: Page, live_server: Any, stage: Catalog, path: str, visited: list[str]
) -> None:
    signed_in.goto(live_server.url + path.format(slug=stage.slug))
    found = []
    for _ in visited:
        signed_in.keyboard.press("j")
        found.append(focused(signed_in))

    assert found == visited
    signed_in.keyboard.press("c")
    assert signed_in.evaluate("navigator.clipboard.readText()") == visited[-1]


def test_c_copies_the_id_of_an_images_own_page(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/4005/")
    signed_in.keyboard.press("c")

    assert signed_in.evaluate("navigator.clipboard.readText()") == "4005"
