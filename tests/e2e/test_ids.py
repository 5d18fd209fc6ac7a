"""No page has an id twice: a label, a link or an exchanged part would find the wrong one.

No two pages have one title: tabs and the history of a browser show nothing else.
"""

from collections import Counter, defaultdict
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.e2e.pages import newcomer_paths, paths, public_paths, state_paths
from xdportal.catalog.models import Catalog

# Catalogs are numbered from 1, as in every new installation: what is numbered on a page must not
# meet them.
pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[str] = []
        self.title = ""
        self._is_title = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all += [value for name, value in attrs if name == "id" and value]
        self._is_title = tag == "title"

    def handle_data(self, data: str) -> None:
        if self._is_title:
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        self._is_title = False

    def twice(self) -> list[str]:
        return [value for value, times in Counter(self.all).items() if times > 1]


def pages(client: Client, addresses: list[str]) -> dict[str, Page]:
    return {path: Page(client.get(path).content.decode()) for path in addresses}


def twice_on(found: dict[str, Page]) -> dict[str, list[str]]:
    return {path: page.twice() for path, page in found.items() if page.twice()}


def of_several(found: dict[str, Page]) -> dict[str, list[str]]:
    """The titles of several pages; one page with other filters is the same page."""
    by_title: dict[str, set[str]] = defaultdict(set)
    for path, page in found.items():
        by_title[page.title].add(path.partition("?")[0])
    return {title: sorted(paths) for title, paths in by_title.items() if len(paths) > 1}


def test_pages_of_a_member(
    stage: Catalog, states: dict[str, Catalog], cast: SimpleNamespace, sign_in: Any
) -> None:
    found = pages(sign_in(cast.olga), paths(stage) + state_paths(states.values()))

    assert twice_on(found) == {}
    assert of_several(found) == {}


def test_pages_of_a_newcomer_and_of_a_visitor(cast: SimpleNamespace, sign_in: Any) -> None:
    for found in (
        pages(sign_in(cast.stefan), newcomer_paths()),
        pages(Client(), public_paths(cast.team, cast.olga)),
    ):
        assert twice_on(found) == {}
        assert of_several(found) == {}
