"""The help page, and the ways to it."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reading import html_of
from xdportal import VERSION
from xdportal.catalog.models import Catalog
from xdportal.operations.help import NEWS, WORDS

WANTED = {"snapshot", "catalog", "suspect", "type", "recent"}


def test_it_says_the_words_the_version_and_what_is_new(cast: SimpleNamespace, sign_in: Any) -> None:
    page = html_of(sign_in(cast.rita).get("/help/"))
    anchors = set(re.findall(r'<dt id="(\w+)">', page))

    assert anchors == {word.anchor for word in WORDS}
    assert anchors >= WANTED
    assert f"version {VERSION}" in page
    assert page.count("<li>") >= len(NEWS)
    assert "Where to find the account ID and the secret" in page


def test_administrators_find_their_panel_and_others_do_not(
    cast: SimpleNamespace, sign_in: Any
) -> None:
    assert '<a class="btn" href="/admin/">' in html_of(sign_in(cast.ada).get("/help/"))
    assert '<a class="btn" href="/admin/">' not in html_of(sign_in(cast.rita).get("/help/"))


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/c/{slug}/images/", "type"),
        ("/c/{slug}/snapshots/", "snapshot"),
        ("/settings/connections/", "connection"),
        ("/settings/connections/new/", "credential"),
    ],
)
def test_heads_lead_to_a_word_that_is_there(
    catalog: Catalog, cast: SimpleNamespace, sign_in: Any, path: str, word: str
) -> None:
    client = sign_in(cast.mia)

    assert f'href="/help/#{word}"' in html_of(client.get(path.format(slug=catalog.slug)))
    assert f'id="{word}"' in html_of(client.get("/help/"))
