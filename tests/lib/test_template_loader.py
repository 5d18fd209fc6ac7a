"""Templates are sent without their indentation, and nothing else of them is lost."""

import re
from pathlib import Path

import pytest
from django.template import engines
from django.template.base import Node, NodeList
from django.template.loader import get_template

from xdportal.lib.template_loader import without_comments, without_indentation

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PAGES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
TRANSLATED = re.compile(r"{% blocktranslate([^%]*)%}(.*?){% endblocktranslate %}", re.DOTALL)


def kinds(nodes: NodeList) -> list[str]:
    """Return what a template consists of, text left out: it ends at comments, too."""
    found = [type(node).__name__.removesuffix("Node") for node in nodes.get_nodes_by_type(Node)]
    return [kind for kind in found if kind != "Text"]


def words(text: str) -> list[str]:
    return text.split()


def test_only_what_lines_begin_with_is_left_out() -> None:
    assert without_indentation("<p>\n    a  b\n\n    c </p>\n") == "<p>\na  b\nc </p>\n"


def test_a_comment_is_left_out_and_nothing_beside_it() -> None:
    text = (
        "{% comment %}Expects a,\nb.{% endcomment %}\n<p>{{ a }}</p>{% comment %}{% endcomment %}."
    )

    assert without_comments(text) == "\n<p>{{ a }}</p>."


@pytest.mark.parametrize("name", PAGES)
def test_without_its_comments_a_template_is_the_same(name: str) -> None:
    """All that is missing are the nodes of comments, which render nothing."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    written = (TEMPLATES / name).read_text()
    whole, loaded = (engine.from_string(text) for text in (written, without_comments(written)))

    assert kinds(loaded.nodelist) == [kind for kind in kinds(whole.nodelist) if kind != "Comment"]


def test_the_loader_is_in_use() -> None:
    source = get_template("catalog/tables/images.html").template.source  # type: ignore[attr-defined]
    written = (TEMPLATES / "catalog/tables/images.html").read_text()

    assert "\n " not in source
    assert words(source) == words(without_comments(written))


def test_texts_of_mails_keep_their_lines() -> None:
    source = get_template("mail/alert.txt").template.source  # type: ignore[attr-defined]
    assert source == (TEMPLATES / "mail/alert.txt").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_no_message_and_no_preformatted_text_spans_lines(name: str) -> None:
    """A message that is not trimmed would be looked up without its indentation."""
    text = (TEMPLATES / name).read_text()
    untrimmed = [
        message
        for options, message in TRANSLATED.findall(text)
        if "trimmed" not in options and "\n" in message
    ]
    preformatted = re.findall(r"<(?:pre|textarea)[^>]*>\s*\n", text)

    assert untrimmed + preformatted == []
