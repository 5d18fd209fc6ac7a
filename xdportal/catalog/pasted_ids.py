"""Which ids a pasted text holds: a script, YAML, tfvars, a log, or a list of ids. Pure.

The rules for named ids are those of the CI client, so that the page and a pipeline agree: a number
is an id only if its name says so. People also paste ids alone, and logs that speak of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cli import xdportal as client

MOST = 1000  # different ids of one text
MOST_LINES = 20  # that are named for an id

IMAGES, PACKAGES, ANY = "images", "packages", ""
# A key or an item of YAML: what stands above it, less indented, names it.
_YAML = re.compile(r"\s*(?:-\s|[\w\"'-]+\s*:(?:\s|$))")
_SPOKEN = re.compile(
    r"(?:(?P<image>\bimage|镜像)|\bpackage|套餐|主机配置)(?:s(?=[\s_-]?ids?\b))?"
    r"(?:[\s_-]?(?P<id>ids?\b|编号))?(?P<gap>[\s#:：=＝\"'“”]{0,4})"
    r"(?P<value>[A-Za-z0-9_-]{3,64})(?![\w.:/-]\w)",
    re.IGNORECASE,
)
_REMARK = re.compile(r"(?:(?<=\s)|^)(?:#|//).*$")
_WORD = re.compile(r"[^\s,;，、；|\"'`]+")
_BULLET = re.compile(r"\s*[-*•]\s")
_GOES_ON = tuple(":=[({,\\")  # the next paragraph belongs to a line that ends like this
_AN_ID = ("id",)


class Mention(NamedTuple):
    """An id on a line, and where on it the id begins."""

    line: int
    start: int
    id: str
    sort: str


@dataclass(frozen=True, slots=True)
class PastedId:
    id: str
    sort: str  # images, packages, or empty: it may be either
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PastedIds:
    ids: tuple[PastedId, ...]  # in the order of the text
    left_out: int  # different ids beyond `MOST`
    mentions: tuple[Mention, ...] = ()  # all of them; two rules may find the same place


def ids_in(text: str) -> PastedIds:
    """Return the ids of a text. Ports, sizes, dates and secrets are none."""
    lines = text.replace("\r\n", "\n").split("\n")
    mentions = [*_named(lines), *_alone(lines)]
    taken = {mention.line for mention in mentions}
    mentions += _spoken(lines, taken)
    merged = _merged(sorted(mentions, key=lambda mention: mention.line))
    return PastedIds(tuple(merged[:MOST]), max(len(merged) - MOST, 0), tuple(mentions))


def corrected(text: str, pasted: PastedIds, instead: Mapping[str, str]) -> str:
    """Return the text with some of its ids replaced; every other character stays.

    An id is replaced wherever it was found as an id: the port 4101 is not the image 4101.
    """
    sorts = {one.id: one.sort for one in pasted.ids}
    places = {}
    for mention in pasted.mentions:
        if mention.id in instead and mention.sort in (ANY, sorts.get(mention.id)):
            places[mention.line, mention.start] = mention
    lines = text.split("\n")
    for (number, _start), mention in sorted(places.items(), reverse=True):
        lines[number - 1] = _with_another(lines[number - 1], mention, instead[mention.id])
    return "\n".join(lines)


def _with_another(line: str, mention: Mention, item_id: str) -> str:
    end = mention.start + len(mention.id)
    if line[mention.start : end] != mention.id:
        return line
    return line[: mention.start] + item_id + line[end:]


def _merged(mentions: Iterable[Mention]) -> list[PastedId]:
    """Put the mentions of an id together. What one of them names, it is."""
    lines: dict[str, list[int]] = {}
    sorts: dict[str, str] = {}
    for line, _start, item_id, sort in mentions:
        of_id = lines.setdefault(item_id, [])
        if len(of_id) < MOST_LINES and line not in of_id:
            of_id.append(line)
        sorts[item_id] = sorts.get(item_id) or sort
    return [PastedId(item_id, sorts[item_id], tuple(lines[item_id])) for item_id in lines]


def _named(lines: list[str]) -> Iterator[Mention]:
    """Yield the ids that a name leads to, as the CI client does.

    A pasted text has no file name that says whether indentation counts: it does for lines that
    look like YAML.
    """
    text = "\n".join(lines)
    for place in client.Scanner("pasted", text).places():
        yield Mention(place.line, place.start, place.id, place.sort)
    for place in client.Scanner("pasted.yml", text).places():
        if _YAML.match(lines[place.line - 1]):
            yield Mention(place.line, place.start, place.id, place.sort)


def _alone(lines: list[str]) -> Iterator[Mention]:
    """Yield the ids of paragraphs that hold nothing but ids."""
    for paragraph in _paragraphs(lines):
        mentions = [mention for number, line in paragraph for mention in _words(number, line)]
        if all(_is_id(mention.id) for mention in mentions):
            yield from mentions


def _paragraphs(lines: list[str]) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines between blank ones; not those that an open bracket or a key leads to."""
    paragraph: list[tuple[int, str]] = []
    before = ""
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            paragraph.append((number, line))
            continue
        is_indented = bool(paragraph) and paragraph[0][1][:1].isspace()
        if paragraph and not is_indented and not before.endswith(_GOES_ON):
            yield paragraph
        before = paragraph[-1][1].rstrip() if paragraph else before
        paragraph = []


def _words(number: int, line: str) -> list[Mention]:
    """Return the words of a line that may all be ids, without its bullet and its remark."""
    content = _REMARK.sub("", line).rstrip()
    bullet = _BULLET.match(content)
    words = _WORD.finditer(content, bullet.end() if bullet else 0)
    return [Mention(number, word.start(), word.group(), ANY) for word in words]


def _is_id(word: str) -> bool:
    is_package = client.looks_like_id(word, ("package",))
    return is_package or client.looks_like_id(word, _AN_ID)


def _spoken(lines: list[str], taken: set[int]) -> Iterator[Mention]:
    """Yield ids that a log or a sentence speaks of: image 4034 was not found."""
    for number, line in enumerate(lines, 1):
        if number in taken:
            continue
        for match in _SPOKEN.finditer(line[:20_000]):
            if _is_spoken_id(match):
                sort = IMAGES if match["image"] else PACKAGES
                yield Mention(number, match.start("value"), match["value"], sort)


def _is_spoken_id(match: re.Match[str]) -> bool:
    value = match["value"]
    if not match["gap"]:
        return False
    if match["id"]:
        return _is_id(value)
    return value.isdecimal() and not match["gap"].strip(" #\"'“”")
