"""The sheet and the scripts use nothing that the oldest browsers do not know: Chromium 108,
Firefox 115, Safari 16.
"""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[1] / "static"
SHEET = re.sub(r"/\*.*?\*/", "", (STATIC / "app.css").read_text(), flags=re.DOTALL)
SCRIPT = "\n".join(path.read_text() for path in sorted((STATIC / "js").glob("*.js")))

# What is newer than one of the three → since when.
TOO_NEW_IN_SHEETS = {
    r":has\(": "Firefox 121",
    r"light-dark\(": "Chromium 123, Firefox 120, Safari 17.5",
    r"color-mix\(": "Chromium 111, Safari 16.2",
    r"@scope|@starting-style|@position-try|@property": "later than all three",
    r"@media[^{]*[<>]": "ranges: Safari 16.4",
    r"\bsubgrid\b": "Chromium 117",
    r"text-wrap|field-sizing|interpolate-size|anchor-name|popover": "later than all three",
    r"oklch\(|oklab\(|lch\(": "Chromium 111",
    r"^\s*&|\{[^{}]*&[ .:>]": "nesting: Chromium 112, Firefox 117, Safari 16.5",
    r"scrollbar-(?:color|width|gutter)": "Safari 18",
}
TOO_NEW_IN_SCRIPTS = {
    r"\(\?<[=!]": "look-behind: Safari 16.4",
    r"Object\.groupBy|Array\.fromAsync|Promise\.withResolvers|Promise\.try": "later",
    r"\.toSorted\(|\.toReversed\(": "later",
    r"\.aria[A-Z]\w+": "reflection: Firefox 119",
    r"showPopover|togglePopover|startViewTransition|scheduler\.": "later than one of the three",
    r"/v\b": "flag v: Chromium 112",
    r"\bimport\(|\bimport [^(]+ with\b": "one file a page needs none",
    r"new Set\([^)]*\)\.(?:union|intersection|difference)": "Chromium 122",
}


@pytest.mark.parametrize("pattern", TOO_NEW_IN_SHEETS)
def test_the_sheet(pattern: str) -> None:
    found = re.findall(f".*(?:{pattern}).*", SHEET, re.MULTILINE)

    assert found == [], TOO_NEW_IN_SHEETS[pattern]


@pytest.mark.parametrize("pattern", TOO_NEW_IN_SCRIPTS)
def test_the_scripts(pattern: str) -> None:
    assert re.findall(f".*(?:{pattern}).*", SCRIPT) == [], TOO_NEW_IN_SCRIPTS[pattern]


@pytest.mark.parametrize(
    ("patterns", "line"),
    [
        (TOO_NEW_IN_SHEETS, "@media (width < 600px) {"),
        (TOO_NEW_IN_SHEETS, "  &:hover { color: red; }"),
        (TOO_NEW_IN_SHEETS, ".card:has(img) {"),
        (TOO_NEW_IN_SCRIPTS, "link.ariaBusy = 'true';"),
        (TOO_NEW_IN_SCRIPTS, "/(?<=a)b/.test(text)"),
    ],
)
def test_the_patterns_find_what_they_are_for(patterns: dict[str, str], line: str) -> None:
    assert any(re.search(pattern, line) for pattern in patterns)
