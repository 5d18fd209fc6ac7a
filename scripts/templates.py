"""Check the layout of templates and style sheets, and which templates depend on which.

    python -m scripts.templates [--report]

A template's line has at most 120 columns. A template loads tags from, includes and extends
templates of its own room or of a lower one. A style sheet has one declaration a line. With
`--report` the faults are counted by file and the exit status is 0.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BASE = Path(__file__).resolve().parent.parent
COLUMNS = 120
TEMPLATE_TYPES = {".html", ".txt", ".xml", ".svg"}

# As in [tool.importlinter] of pyproject.toml, the lowest first.
ROOMS = (
    ("lib",),
    ("provider", "errorcodes"),
    ("accounts",),
    ("connections",),
    ("catalog",),
    ("alerts",),
    ("api",),
    ("operations",),
)
LEVELS = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
# Folders of templates that are named after an app of others, or serve every room.
ROOM_OF_FOLDER = {
    "includes": "lib",
    "mail": "lib",
    "account": "accounts",
    "mfa": "accounts",
    "socialaccount": "accounts",
    "admin": "operations",
}

TAG = re.compile(r"\{%\s*(?P<name>load|include|extends)\s+(?P<rest>[^%]*?)\s*%\}")
VERBS = {"load": "loads", "include": "includes", "extends": "extends"}
TEXT = re.compile(r"""^["'](?P<path>[^"']+)["']""")


class Fault(NamedTuple):
    path: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


def room_of(path: str) -> str | None:
    """Return the room of a template, given its path in a tag. Outer templates serve all rooms."""
    folder, _, rest = path.partition("/")
    if not rest:
        return "lib"
    room = ROOM_OF_FOLDER.get(folder, folder)
    return room if room in LEVELS else None


def tag_libraries(rooms_folder: Path) -> dict[str, str]:
    """Return the room of each of our own template tag libraries."""
    found = rooms_folder.glob("*/templatetags/*.py")
    return {path.stem: path.parts[-3] for path in found if path.stem != "__init__"}


class TemplateCheck:
    def __init__(self, folder: Path, libraries: dict[str, str]) -> None:
        self._folder = folder
        self._libraries = libraries

    def faults(self) -> Iterator[Fault]:
        for path in sorted(self._folder.rglob("*")):
            if path.suffix in TEMPLATE_TYPES and path.is_file():
                yield from self._template(path)

    def _template(self, path: Path) -> Iterator[Fault]:
        name = path.relative_to(self._folder).as_posix()
        shown = f"{self._folder.name}/{name}"
        room = room_of(name)
        if room is None:
            yield Fault(shown, 1, "belongs to no room")
            return
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if len(line) > COLUMNS:
                yield Fault(shown, number, f"has {len(line)} columns, over {COLUMNS}")
            for words in self._leans(room, line):
                yield Fault(shown, number, words)

    def _leans(self, room: str, line: str) -> Iterator[str]:
        for tag in TAG.finditer(line):
            for what, other in self._needed(tag["name"], tag["rest"]):
                if not _may_use(room, other):
                    yield f"{room} {VERBS[tag['name']]} {what} of {other}"

    def _needed(self, tag: str, rest: str) -> Iterator[tuple[str, str]]:
        """Yield what the tag needs, with its room. Variables and others' libraries are left out."""
        if tag == "load":
            names = rest.partition(" from ")[2].split() or rest.split()
            yield from ((name, self._libraries[name]) for name in names if name in self._libraries)
            return
        text = TEXT.match(rest)
        if text:
            yield text["path"], room_of(text["path"]) or "no room"


def _may_use(room: str, other: str) -> bool:
    if room == other:
        return True
    return other in LEVELS and LEVELS[other] < LEVELS[room]


def sheet_faults(folder: Path) -> Iterator[Fault]:
    for path in sorted(folder.rglob("*.css")):
        if "vendor" in path.parts:
            continue
        shown = path.relative_to(folder.parent).as_posix()
        lines = _without_comments_and_texts(path.read_text(encoding="utf-8")).split("\n")
        for number, line in enumerate(lines, 1):
            if has_several_declarations(line):
                yield Fault(shown, number, "has more than one declaration, or one beside a brace")


def _without_comments_and_texts(sheet: str) -> str:
    """Blank out what may hold braces and semicolons, and keep the line breaks."""
    pattern = re.compile(r"""/\*.*?\*/|"[^"\n]*"|'[^'\n]*'|url\([^)\n]*\)""", re.DOTALL)
    return pattern.sub(lambda found: "\n" * found.group().count("\n"), sheet)


def has_several_declarations(line: str) -> bool:
    ends = line.count(";")
    braces = line.count("{") + line.count("}")
    return ends > 1 or (ends == 1 and braces > 0) or bool(re.search(r"\{\s*[\w-]+\s*:", line))


def all_faults(base: Path) -> list[Fault]:
    templates = TemplateCheck(base / "templates", tag_libraries(base / "xdportal"))
    return [*templates.faults(), *sheet_faults(base / "static")]


def _by_file(faults: list[Fault]) -> list[str]:
    counts = Counter(fault.path for fault in faults)
    return [f"{path}: {count}" for path, count in sorted(counts.items())]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="templates", description=__doc__)
    parser.add_argument("--report", action="store_true", help="print, but do not fail")
    options = parser.parse_args(arguments)
    faults = all_faults(BASE)
    lines = _by_file(faults) if options.report else [str(fault) for fault in faults]
    for line in lines:
        print(line)
    print(f"{len(faults)} faults in templates and style sheets", file=sys.stderr)
    return 1 if faults and not options.report else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
