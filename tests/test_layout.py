"""How templates, the sheet and the scripts are written: readable line by line, and each piece
says what it expects.
"""

import re
from pathlib import Path

import pytest

from scripts.bundle import bundle

BASE = Path(__file__).resolve().parents[1]
TEMPLATES = sorted(path for path in (BASE / "templates").rglob("*.*"))
PIECES = [
    path
    for path in TEMPLATES
    if path.suffix == ".html" and (path.name[0] == "_" or path.parent.name == "includes")
]
MODULES = sorted((BASE / "static/js").glob("*.js"))
SHEET = BASE / "static/app.css"


def longer_than(limit: int, paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if len(line) > limit:
                found.append(f"{path.relative_to(BASE)}:{number}")
    return found


def test_no_line_of_the_sheet_or_a_module_is_too_long() -> None:
    assert longer_than(100, [SHEET]) == []
    assert longer_than(110, MODULES) == []


def test_each_piece_begins_with_what_it_expects() -> None:
    silent = [path.name for path in PIECES if not path.read_text().startswith("{% comment %}")]

    assert silent == []


def test_the_script_of_the_pages_is_made_of_the_modules() -> None:
    assert (BASE / "static/app.js").read_text() == bundle(), "run scripts/bundle.py"


def test_no_two_modules_define_the_same_name() -> None:
    defined = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", bundle(), re.MULTILINE)

    assert sorted(defined) == sorted(set(defined))


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE / "templates"))
)
def test_no_style_or_script_is_inline(path: Path) -> None:
    if path.parent.name == "mail":
        pytest.skip("mail programs know no sheet")
    text = path.read_text()

    assert re.findall(r"<style|\sstyle=|\son(?!ly)\w+=|hx-on|js:|<script(?![^>]* src=)", text) == []
