"""The measures of style: how they count, and what holds of this repository."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import style, templates

Write = Callable[[str, str], Path]

BASE = Path(__file__).resolve().parents[1]
CODE = '''
"""Module."""


class Example:
    """Class."""

    @property
    def first(self) -> int:
        """One line of two."""
        # why

        return 1

    def second(self):
        def inner():
            return """
            text
            """

        return inner
'''


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def test_lines_of_a_function_are_those_with_code_on_them(write: Write) -> None:
    functions = style.functions_in(write("example.py", CODE))

    assert [(function.name, function.line, function.length) for function in functions] == [
        ("first", 9, 2),
        ("second", 15, 6),
        ("inner", 16, 4),
    ]


def test_nodes_are_those_of_the_syntax_tree(write: Write) -> None:
    [function] = style.functions_in(write("example.py", "def f(x: int) -> int:\n    return x\n"))

    # FunctionDef, arguments, arg, Name int, Load, Return, Name x, Load, Name int, Load
    assert (function.nodes, function.markers, function.density) == (10, 3, 5.0)


def test_figures_are_over_functions(write: Write) -> None:
    sizes = [1, 1, 2, 3, 3, 4, 5, 6, 7, 20]
    bodies = "".join(f"def f{n}():\n" + "    pass\n" * size for n, size in enumerate(sizes))

    figures = style.figures_of(style.functions_in(write("sizes.py", bodies)))

    assert (figures.functions, figures.median, figures.p90, figures.longest) == (10, 4.5, 8, 21)


def test_what_is_over_a_limit_is_named(write: Write) -> None:
    path = write("example.py", CODE)
    functions = style.functions_in(path)
    figures = style.figures_of(functions)
    limits = Namespace(nodes=1, bare=None, median=3, p90=None, max=5)

    assert style.faults(functions, figures, limits) == [
        f"syntax nodes a line, median {figures.nodes:.1f}, over 1",
        "lines a function, median 4.0, over 3",
        f"{path}:15: second has 6 lines, over 5",
    ]
    assert style.main([str(path), "--max", "5"]) == 1
    assert style.main([str(path), "--max", "6"]) == 0


def test_migrations_do_not_count(write: Write, tmp_path: Path) -> None:
    write("room/migrations/0001.py", CODE)
    write("room/models.py", CODE)

    files = list(style.python_files([str(tmp_path)]))

    assert [path.name for path in files] == ["models.py"]


def test_functions_of_the_tests_are_short() -> None:
    """Those of the product are measured by `make style`."""
    paths = style.python_files([str(BASE / "tests")])
    functions = [each for path in paths for each in style.functions_in(path)]
    figures = style.figures_of(functions)

    limits = Namespace(nodes=None, bare=8.5, median=8, p90=25, max=50)

    assert style.faults(functions, figures, limits) == []


LIBRARIES = {"portal": "lib", "catalog": "catalog", "errorcodes": "errorcodes"}


def template_faults(tmp_path: Path, name: str, text: str) -> list[str]:
    path = tmp_path / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    check = templates.TemplateCheck(tmp_path / "templates", LIBRARIES)
    return [str(fault) for fault in check.faults()]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("catalog/images.html", '{% extends "base.html" %}'),
        ("catalog/images.html", "{% load i18n catalog errorcodes %}"),
        ("catalog/images.html", '{% include "connections/_state.html" with a=b only %}'),
        ("catalog/images.html", "{% include name %}"),
        ("account/login.html", '{% include "accounts/_head.html" %}'),
        ("errorcodes/index.html", '{% include "includes/form.html" %}'),
        ("operations/panel.html", '{% include "api/docs.html" %}'),
        ("lone.html", "x" * 120),
    ],
)
def test_a_template_may_lean_on_its_own_room_and_lower_ones(
    tmp_path: Path, name: str, text: str
) -> None:
    assert template_faults(tmp_path, name, text) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "connections/list.html",
            '\n{% include "catalog/_tag.html" %}',
            "2: connections includes catalog/_tag.html of catalog",
        ),
        ("base.html", "{% load i18n catalog %}", "1: lib loads catalog of catalog"),
        ("base.html", "{% load ago from catalog %}", "1: lib loads catalog of catalog"),
        (
            "errorcodes/index.html",
            '{% extends "accounts/page.html" %}',
            "1: errorcodes extends accounts/page.html of accounts",
        ),
        ("catalog/a.html", '{% include "b/c.html" %}', "1: catalog includes b/c.html of no room"),
        ("rooms/a.html", "", "1: belongs to no room"),
        ("catalog/a.html", "x" * 121, "1: has 121 columns, over 120"),
    ],
)
def test_what_leans_upwards_or_is_too_wide_is_named(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    assert template_faults(tmp_path, name, text) == [f"templates/{name}:{words}"]


def test_our_tag_libraries_are_known_by_their_room() -> None:
    assert templates.tag_libraries(BASE / "xdportal").items() >= {("portal", "lib")}


def test_the_rooms_are_those_of_the_import_contract() -> None:
    text = (BASE / "pyproject.toml").read_text()
    layers = text.partition("layers = [")[2].partition("]")[0].split('",')
    rooms = [line.partition('"')[2].replace("xdportal.", "") for line in layers if '"' in line]
    known = [" | ".join(level) for level in templates.ROOMS]

    assert rooms[::-1] == [level for level in known if level in rooms]


@pytest.mark.parametrize(
    ("sheet", "lines"),
    [
        (":root {\n  --a: 1px;\n  color: red;\n}\n", []),
        ("a:hover,\na:focus {\n  color: red;\n}\n", []),
        ("/* a: b; c: d; */\na {\n  content: '; } {';\n  b: url(data:x;y;z);\n}\n", []),
        ("@import 'x.css';\n@media print {\n  a {\n    b: c;\n  }\n}\n", []),
        ("a { color: red; }\n", [1]),
        ("a { color: red }\n", [1]),
        ("a {\n  b: c; d: e;\n}\n", [2]),
        ("a {\n  b: c; }\n", [2]),
    ],
)
def test_a_sheet_has_one_declaration_a_line(tmp_path: Path, sheet: str, lines: list[int]) -> None:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "app.css").write_text(sheet)

    assert [fault.line for fault in templates.sheet_faults(folder)] == lines


def test_vendored_sheets_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "static" / "vendor"
    folder.mkdir(parents=True)
    (folder / "x.css").write_text("a{b:c;d:e}")

    assert list(templates.sheet_faults(tmp_path / "static")) == []
