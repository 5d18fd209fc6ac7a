import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import newcomer_paths, paths, public_paths, state_paths
from tests.e2e.test_reach import dress
from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

# The narrowest, where things run out of room; test_reach.py reads all pages in the others.
LOOKS = [
    ("en", 320, "light"),
    pytest.param("en", 1024, "light", marks=pytest.mark.full),
    pytest.param("zh-hans", 1440, "dark", marks=pytest.mark.full),
    pytest.param("en", 3840, "light", marks=pytest.mark.full),
    pytest.param("en", 1440, "light", marks=pytest.mark.full),
    pytest.param("en", 390, "light", marks=pytest.mark.full),
    pytest.param("zh-hans", 390, "dark", marks=pytest.mark.full),
    pytest.param("zh-hans", 320, "dark", marks=pytest.mark.full),
]
# Targets smaller than asked for. A link within a sentence is as high as its line, and a tick has
# its label. A part of a picture that the keyboard passes over is there for the mouse alone: text
# beside it leads to the same (WCAG 2.5.8, "equivalent").
SMALL = """least => {
  const clipped = (e) => e && (getComputedStyle(e).clipPath !== 'none' || clipped(e.parentElement));
  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  return [...document.querySelectorAll(controls)]
  .filter((e) => !e.closest('.sr, dialog:not([open])') && !clipped(e))
  .filter((e) => !e.matches('.skip, svg[aria-hidden=true] a[tabindex="-1"]') && e.checkVisibility())
  .filter((e) => getComputedStyle(e).display !== 'inline' ||
    ![...e.parentElement.childNodes].some((other) => other !== e && other.textContent.trim()))
  .map((e) => [e.outerHTML.slice(0, 90), (e.closest('label') || e).getBoundingClientRect()])
  .filter(([, box]) => box.width && Math.min(box.width, box.height) < least).map(([html]) => html);
}"""

# Controls that lie over each other, ids that are broken, and words without the space between them,
# which a box of flex items drops.
CRAMPED = """() => {
  const boxes = [...document.querySelectorAll('main .btn, main .in, main .sel, main .chip')]
    .filter((e) => !e.closest('.sr') && e.checkVisibility())
    .map((e) => [e, e.getBoundingClientRect()]);
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const overlaps = boxes.flatMap(([e, box], at) => boxes.slice(at + 1)
    .filter(([other, place]) => !e.contains(other) && over(box, place))
    .map(([other]) => `${e.outerHTML.slice(0, 60)} lies over ${other.outerHTML.slice(0, 60)}`));
  const broken = [...document.querySelectorAll('main .t .iid')]
    .filter((e) => e.textContent.length < 12 && e.getClientRects().length && e.offsetHeight > 45)
    .map((e) => `${e.textContent} is broken`);
  const glued = [...document.querySelectorAll('main a')]
    .filter((a) => getComputedStyle(a).display.includes('flex') && a.checkVisibility())
    .filter((a) => getComputedStyle(a).columnGap === 'normal')
    .filter((a) => [...a.childNodes].some((node) => node.nodeType === 3 && node.data.trim() && (
      (/\\s$/.test(node.data) && node.nextElementSibling && node.nextSibling.nodeType === 1) ||
      (/^\\s/.test(node.data) && node.previousSibling && node.previousSibling.nodeType === 1))))
    .map((a) => `${a.textContent} has lost a space`);
  return [...overlaps, ...broken, ...glued];
}"""


def look_at(
    page: Page, base: str, wanted: list[str], language: str, status: int = 200
) -> dict[str, list[str]]:
    """What is wrong with each page."""
    phone = page.viewport_size is not None and page.viewport_size["width"] <= 860
    found = {}
    for path in wanted:
        answer = page.goto(base + path)
        assert answer is not None
        assert (path, answer.status) == (path, status)
        wrong = page.evaluate(SMALL, 40 if phone else 24) + page.evaluate(CRAMPED)
        if (too_wide := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            wrong.append(f"{too_wide} pixels too wide")
        if page.evaluate("document.documentElement.lang") != (
            "zh-Hans" if language == "zh-hans" else "en"
        ):
            wrong.append("in another language")
        if page.locator("h1").count() != 1:
            wrong.append("not one heading")
        if wrong:
            found[path] = wrong
    return found


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_every_page_in_every_state_keeps_its_width_and_the_size_of_its_targets(
    live_server: Any,
    signed_in: Page,
    stage: Catalog,
    states: dict[str, Catalog],
    cast: SimpleNamespace,
    language: str,
    width: int,
    scheme: Any,
) -> None:
    dress(signed_in, cast.olga, language, (width, 844), scheme)

    assert (
        look_at(
            signed_in, live_server.url, [*paths(stage), *state_paths(states.values())], language
        )
        == {}
    )


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_so_does_every_page_for_who_is_new_or_not_signed_in(
    live_server: Any,
    page: Page,
    cast: SimpleNamespace,
    sign_in: Any,
    errors: list[str],
    expected: list[str],
    language: str,
    width: int,
    scheme: Any,
) -> None:
    dress(page, cast.stefan, language, (width, 844), scheme)
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    assert look_at(page, live_server.url, public_paths(cast.team, cast.olga), language) == {}
    expected.append("404")
    assert (
        look_at(
            page, live_server.url, ["/password/reset/nonsense/", "/invitations/x/"], language, 404
        )
        == {}
    )
    cookie = sign_in(cast.stefan).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    assert look_at(page, live_server.url, newcomer_paths(), language) == {}
    assert look_at(page, live_server.url, ["/nowhere/", "/c/nobodys/images/"], language, 404) == {}


def test_signing_in_by_typing(
    page: Page, live_server: Any, stage: Catalog, errors: list[str]
) -> None:
    page.goto(f"{live_server.url}/c/{stage.slug}/images/")
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{live_server.url}/c/{stage.slug}/images/")
    expect(page.get_by_role("heading", name="Images", exact=True)).to_be_visible()


def test_a_facet_acts_at_once_and_is_in_the_url(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/c/{stage.slug}/images/")
    signed_in.get_by_role("checkbox", name=re.compile("ceph")).check(force=True)

    expect(signed_in).to_have_url(re.compile(r"type=ceph"))
    expect(signed_in.locator("tbody tr")).to_have_count(1)
    signed_in.reload()
    expect(signed_in.locator("tbody tr")).to_have_count(1)
    expect(signed_in.get_by_role("checkbox", name=re.compile("ceph"))).to_be_checked()


def test_language_switch_keeps_address_and_filter(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    address = f"{live_server.url}/c/{stage.slug}/images/?type=ceph"
    signed_in.goto(address)
    signed_in.get_by_role("button", name="中文").click()

    expect(signed_in).to_have_url(address)
    expect(signed_in.get_by_role("heading", name="镜像", exact=True)).to_be_visible()


def test_theme_is_the_systems_until_chosen_and_then_stays(
    signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    signed_in.emulate_media(color_scheme="dark")
    signed_in.goto(f"{live_server.url}/")
    dark = signed_in.evaluate(background)
    signed_in.emulate_media(color_scheme="light")
    light = signed_in.evaluate(background)
    assert dark != light
    signed_in.get_by_role("button", name="Use the dark theme").click()
    expect(signed_in.locator("html")).to_have_attribute("data-theme", "dark")
    answer = signed_in.reload()
    assert answer is not None
    assert 'data-theme="dark"' in answer.text(), "by the server: no script paints it a moment later"
    assert signed_in.evaluate(background) == dark


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
