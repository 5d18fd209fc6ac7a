"""No page has an id twice: a label, a link or an exchanged part would find the wrong one."""

from collections import Counter
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


class Ids(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all += [value for name, value in attrs if name == "id" and value]

    def twice(self) -> list[str]:
        return [value for value, times in Counter(self.all).items() if times > 1]


def twice_on(client: Client, addresses: list[str]) -> dict[str, list[str]]:
    found = {}
    for path in addresses:
        twice = Ids(client.get(path).content.decode()).twice()
        if twice:
            found[path] = twice
    return found


def test_pages_of_a_member(
    stage: Catalog, states: dict[str, Catalog], cast: SimpleNamespace, sign_in: Any
) -> None:
    addresses = paths(stage) + state_paths(states.values())

    assert twice_on(sign_in(cast.olga), addresses) == {}


def test_pages_of_a_newcomer_and_of_a_visitor(cast: SimpleNamespace, sign_in: Any) -> None:
    assert twice_on(sign_in(cast.stefan), newcomer_paths()) == {}
    assert twice_on(Client(), public_paths(cast.team, cast.olga)) == {}
