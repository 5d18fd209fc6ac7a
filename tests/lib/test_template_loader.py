"""Templates are sent without their indentation, and nothing else of them is lost."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from xdportal.lib.template_loader import without_indentation

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PAGES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
TRANSLATED = re.compile(r"{% blocktranslate([^%]*)%}(.*?){% endblocktranslate %}", re.DOTALL)


def words(text: str) -> list[str]:
    return text.split()


def test_only_what_lines_begin_with_is_left_out() -> None:
    assert without_indentation("<p>\n    a  b\n\n    c </p>\n") == "<p>\na  b\nc </p>\n"


def test_the_loader_is_in_use() -> None:
    source = get_template("catalog/tables/images.html").template.source  # type: ignore[attr-defined]
    written = (TEMPLATES / "catalog/tables/images.html").read_text()

    assert "\n " not in source
    assert words(source) == words(written)


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
