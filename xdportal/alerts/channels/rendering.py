"""A message as text: cut between entries, never inside a character, the link always last."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.utils import translation
from django.utils.translation import gettext, ngettext

from xdportal.alerts.channels.message import Entry, Level, Message

LONGEST_TITLE = 100
LONGEST_SENTENCE = 300
MOST_ENTRIES = 1000  # more never fit into any channel
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
JOINERS = "\u200d\ufe0f"  # what glues an emoji together
UNSAFE_IN_URL = str.maketrans({mark: f"%{ord(mark):02X}" for mark in " ()<>[]|\"'*`"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Markup:
    """How one vendor writes text that is bold, that is a link, and that is neither."""

    escape: Callable[[str], str]
    bold: str = "**{}**"
    link: str = "[{text}]({url})"

    def linked(self, text: str, url: str) -> str:
        return self.link.format(text=self.escape(text), url=url.translate(UNSAFE_IN_URL))


def largest(message: Message, render: Callable[[int], T], fits: Callable[[T], bool]) -> T:
    """Return the rendering with the most entries that still fits; without any if none does."""
    low = 0
    high = min(len(message.entries), MOST_ENTRIES)
    best = render(high)
    if fits(best):
        return best
    best = render(0)
    while high - low > 1:
        middle = (low + high) // 2
        attempt = render(middle)
        if fits(attempt):
            low = middle
            best = attempt
        else:
            high = middle
    return best


def title_of(message: Message, keyword: str = "") -> str:
    """Return the title, marked if it is a test, with the keyword unless it contains it already."""
    title = clip(message.title, LONGEST_TITLE)
    if message.is_test:
        with translation.override(message.language):
            title = gettext("[Test] %(title)s") % {"title": title}
    if keyword and keyword not in title:
        title = f"{keyword} {title}"
    return title


def text_of(message: Message, shown: int, markup: Markup) -> str:
    """Return counts, entries and the closing link, as lines."""
    with translation.override(message.language):
        lines = [markup.escape(summary_of(message)), ""]
        for entry in message.ordered[:shown]:
            lines.append(f"- {_entry_text(entry, markup)}")
        if shown:
            lines.append("")
        lines.append(markup.linked(closing_of(message, shown), message.link))
    return "\n".join(lines).lstrip("\n")


def summary_of(message: Message) -> str:
    """Return "3 critical · 2 warnings · 36 notices" in the active language."""
    parts = [_counted(level, count) for level, count in message.totals.items()]
    return " · ".join(parts)


def closing_of(message: Message, shown: int) -> str:
    """Return the words of the closing link, in the active language."""
    more = message.more_than(shown)
    if more <= 0:
        return gettext("Open in xdportal")
    return ngettext("… and %(count)d more", "… and %(count)d more", more) % {"count": more}


def level_word(level: Level) -> str:
    """Return the level as a word in the active language; empty for what is merely informative."""
    words = {Level.CRITICAL: gettext("Critical"), Level.WARNING: gettext("Warning")}
    return words.get(level, "")


def clip(text: str, longest: int) -> str:
    """Return the text on one line, without what can't be shown, at most so many characters long."""
    line = " ".join(UNPRINTABLE.sub(" ", text).split())
    if len(line) <= longest:
        return line
    end = longest - 1
    while end > 0 and _continues(line[end]):
        end -= 1
    return line[:end].rstrip(JOINERS) + "…"


def _continues(character: str) -> bool:
    """Return whether this is a part of the character before it."""
    return unicodedata.combining(character) != 0 or character in JOINERS


def _entry_text(entry: Entry, markup: Markup) -> str:
    sentence = clip(entry.sentence, LONGEST_SENTENCE)
    word = level_word(entry.level)
    level = markup.bold.format(markup.escape(word)) + " " if word else ""
    text = markup.linked(sentence, entry.url) if entry.url else markup.escape(sentence)
    return level + text


def _counted(level: Level, count: int) -> str:
    match level:
        case Level.CRITICAL:
            text = ngettext("%(count)d critical", "%(count)d critical", count)
        case Level.WARNING:
            text = ngettext("%(count)d warning", "%(count)d warnings", count)
        case Level.INFO:
            text = ngettext("%(count)d notice", "%(count)d notices", count)
    return text % {"count": count}
