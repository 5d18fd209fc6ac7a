"""The colours of the sheet, computed: text 4.5:1, borders of controls, icons and bars 3:1 (WCAG
1.4.3, 1.4.11).
"""

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).resolve().parents[1] / "static/app.css").read_text()
GROUNDS = ["bg", "surface", "sunken", "hover"]
KINDS = ["add", "del", "chg", "sus"]
TEXT = [
    *((text, ground) for text in ("text", "text-2", "text-3") for ground in GROUNDS),
    *((text, ground) for text in ("accent", "accent-2") for ground in (*GROUNDS, "accent-bg")),
    *((kind, ground) for kind in KINDS for ground in ("bg", "surface", "hover", f"{kind}-bg")),
    ("text", "accent-bg"),
    ("text-2", "accent-bg"),
    ("text-3", "accent-bg"),
    ("on-accent", "accent"),
    ("on-accent", "accent-2"),
    ("bg", "text"),
    ("surface", "del"),
    *((text, "del-bg") for text in ("text", "text-2")),
]
SHAPES = [
    *((shape, ground) for shape in ("control", "accent") for ground in ("bg", "surface")),
    *((f"{kind}-bar", "surface") for kind in KINDS),
]


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


THEMES = {
    "light": tokens(SHEET.split("@media screen")[0]),
    "dark": tokens(SHEET.split("@media screen")[1]),
}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_every_pair_can_be_told_apart(
    theme: str, pairs: list[tuple[str, str]], least: float
) -> None:
    colours = THEMES[theme]
    found = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}

    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


def test_dark_is_the_same_by_choice_and_by_system() -> None:
    by_system = tokens(SHEET.split("@media screen")[2].split("\n}")[0])

    assert by_system == THEMES["dark"]
    assert set(by_system) <= set(THEMES["light"])


def test_the_measure_is_the_known_one() -> None:
    assert round(contrast("#ffffff", "#000000"), 1) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
