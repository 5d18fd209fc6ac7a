"""Who cannot see, hear or hold a mouse, and who reads Chinese: every page, by axe and by its
words.
"""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.pages import newcomer_paths, paths, public_paths, state_paths
from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

AXE = (Path(__file__).resolve().parents[1] / "vendor/axe-core/axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [
    (language, size, scheme)
    for scheme in ("light", "dark")
    for size in ((1440, 900), (390, 844))
    for language in ("en", "zh-hans")
]
# Contrast over a picture or of a single sign: tests/test_contrast.py computes it. Headers of a row
# group have cells.
WHAT_AXE_CANNOT_DECIDE = {"color-contrast", "th-has-data-cells"}


def dress(page: Page, user: Any, language: str, size: tuple[int, int], scheme: Any) -> None:
    user.language = language
    user.save()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)


def become(page: Page, base: str, **cookies: str) -> None:
    """Go on with these cookies alone."""
    page.goto("about:blank")  # a page that renews itself would ask once more, as the next person
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": name, "value": value, "url": base} for name, value in cookies.items()]
    )


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    open_questions = [one for one in found["incomplete"] if one["id"] not in WHAT_AXE_CANNOT_DECIDE]
    return [
        f"{one['id']}: {node['html']}"
        for one in (*found["violations"], *open_questions)
        for node in one["nodes"]
    ]


def read_all(page: Page, base: str, wanted: list[str]) -> dict[str, list[str]]:
    found = {}
    for path in wanted:
        page.goto(base + path)
        found[path] = violations(page)
    return {path: told for path, told in found.items() if told}


# Each page in one of four looks that differ in all respects; all eight are make test-full's.
FOUR = [(place, 4) for place in (0, 3, 5, 6)]
EIGHT = [pytest.param(place, 1, marks=pytest.mark.full) for place in range(len(LOOKS))]


@pytest.mark.parametrize(("place", "each"), [*FOUR, *EIGHT])
def test_axe_finds_nothing_on_any_page(
    live_server: Any,
    signed_in: Page,
    stage: Catalog,
    states: dict[str, Catalog],
    cast: SimpleNamespace,
    sign_in: Any,
    place: int,
    each: int,
) -> None:
    """One look, and one of `each` pages: those of an owner, of a newcomer, and of who is not
    signed in.
    """
    base, page, (language, size, scheme) = live_server.url, signed_in, LOOKS[place]

    def mine(wanted: list[str]) -> list[str]:
        return [path for number, path in enumerate(wanted) if (number + place) % each == 0]

    dress(page, cast.olga, language, size, scheme)
    found = read_all(page, base, mine([*paths(stage), *state_paths(states.values())]))
    dress(page, cast.stefan, language, size, scheme)
    become(page, base, sessionid=sign_in(cast.stefan).cookies["sessionid"].value)
    found |= read_all(page, base, mine(newcomer_paths()))
    become(page, base, django_language=language)
    found |= read_all(page, base, mine(public_paths(cast.team, cast.olga)))

    assert found == {}


# What the reader sees and hears, without what is quoted (translate="no", code, our English of a
# code) or typed.
WORDS = """() => {
  const quoted = '[translate="no"], [lang="en"], code, kbd, pre, .mono, .iid, script, ' +
    'textarea, noscript, [name=time_zone], [name=language]';
  const named = ['aria-label', 'title', 'placeholder', 'alt'];
  const words = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode())
    if (!walk.currentNode.parentElement.closest(quoted)) words.push(walk.currentNode.data);
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
    if (!element.closest(quoted))
      for (const name of named) words.push(element.getAttribute(name) || '');
  return words.join('\\n');
}"""
NAMES = {
    "xdportal",
    *("max", "rita", "stefan", "new", "example", "com"),  # people and their addresses
    *("NFC", "USB", "DingTalk", "Feishu", "Company"),
    *("A1", "A27550582"),  # account ids, as the title of their connection
    *("Asia", "Shanghai", "UTC"),  # the zone of the times
    "CSV",
    "HTTP",
    "SHA",
    "ID",
    "API",
    "ms",
    "JSON",
    "HTML",
    "curl",
    *("GPU", "CPU", "id", "imageId", "periodNumber", "periodType"),
    *("CI", "Grafana", "Terraform", "Ansible", "YAML"),
    "Esc",
    "Main",
    "olga",
    "mia",
    "Render",
    *("never", "base", "gone", "moved", "Ops"),  # pins and a channel of tests/e2e/alerts.py
    *("moving", "renewal"),  # what they noted there
    *("farm", "infra", "terraform", "main", "tf"),  # the example of where an id is used
    *("Slack", "Microsoft", "Teams", "Lark"),
    *("Webhook", "webhook", "URL", "REST"),
    *("https", "xx"),  # of 2xx
    "catalog",  # as the API calls a list
}
OF_THE_PROVIDER = {
    *("BZ", "SC", "Debian"),
    *("RTX", "g" * 128, "maya", "Windows", "HZ"),
    "Ubuntu",
    "Server",
    "BL",
    "ceph",
    "w" * 128,
    "v" * 128,
    "nothing",
    "x64",
    "success",
}
OF_THE_PROVIDER |= {
    "Finovy",
    "Access",
    "Token",
    "msg",
    "traceId",
    "type",
    "useType",
    "GB",
}  # in our explanations

QUOTED = r"https?://\S*|w{64,}"  # addresses, and the longest id where the log cuts it


def english(page: Page, base: str, wanted: list[str]) -> dict[str, list[str]]:
    found = {}
    for path in wanted:
        page.goto(base + path)
        text = re.sub(QUOTED, "", page.evaluate(WORDS))
        words = set(re.findall(r"[A-Za-z][A-Za-z0-9]+", text))
        found[path] = sorted(words - NAMES - OF_THE_PROVIDER)
    return {path: words for path, words in found.items() if words}


def test_chinese_pages_hold_no_english(
    live_server: Any,
    signed_in: Page,
    stage: Catalog,
    states: dict[str, Catalog],
    cast: SimpleNamespace,
    sign_in: Any,
    expected: list[str],
) -> None:
    expected.append("404")
    base = live_server.url
    dress(signed_in, cast.olga, "zh-hans", (1440, 900), "light")
    assert (
        english(signed_in, base, [*paths(stage), *state_paths(states.values()), "/nowhere/"]) == {}
    )
    dress(signed_in, cast.stefan, "zh-hans", (1440, 900), "light")
    become(signed_in, base, sessionid=sign_in(cast.stefan).cookies["sessionid"].value)
    assert english(signed_in, base, newcomer_paths()) == {}
    become(signed_in, base, django_language="zh-hans")
    assert english(signed_in, base, [*public_paths(cast.team, cast.olga), "/nowhere/"]) == {}
