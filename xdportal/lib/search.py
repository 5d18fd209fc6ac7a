"""The one search: each room registers what it can find, in `AppConfig.ready`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.functional import Promise

LONGEST = 200
MOST = 6  # of one group


class Question(NamedTuple):
    """What was asked for, as a text and as words."""

    text: str
    words: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A link to what was found. Each part may hold text of users or the provider."""

    url: str
    label: str
    id: str = ""  # shown before the label
    aside: str = ""
    icon: str = ""


class Group(NamedTuple):
    heading: Promise
    hits: list[Hit]
    remark: str = ""  # a sentence above them


Source = Callable[[HttpRequest, Question], Iterable[Group]]
_sources: list[tuple[int, Source]] = []


def add(source: Source, order: int) -> None:
    _sources.append((order, source))
    _sources.sort(key=lambda one: one[0])


def question_of(asked: str) -> Question:
    text = " ".join(asked.replace("\0", " ").split())[:LONGEST]
    return Question(text, text.casefold().split()[:8])


def found(request: HttpRequest, question: Question) -> list[Group]:
    """Return what every room knows, in the rooms' order; without a question nothing."""
    if not question.words:
        return []
    groups = [group for _order, source in _sources for group in source(request, question)]
    return [group for group in groups if group.hits or group.remark]
