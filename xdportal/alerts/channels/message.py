"""What is to be said, before any channel puts it into its own form."""

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Level(enum.StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `sentence` is plain text in the message's language.

    `data` is what a webhook receives about it.
    """

    level: Level
    sentence: str
    url: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one channel.

    `link` leads to everything that the message speaks of. `counts` by level may exceed the entries,
    if not all were loaded; left out, the entries are counted. `type`, `timestamp` and `data` are
    what a webhook receives; `id` is the delivery's, the same at every attempt. `thread`,
    `unsubscribe_url` and `choice_url`, where a person chooses which mails to get, are for mail.
    """

    title: str
    link: str
    timestamp: datetime
    entries: tuple[Entry, ...] = ()
    counts: Mapping[Level, int] = field(default_factory=dict)
    language: str = "en"
    type: str = "digest"
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    is_test: bool = False
    thread: str = ""
    unsubscribe_url: str = ""
    choice_url: str = ""

    @property
    def ordered(self) -> list[Entry]:
        """The entries, critical first, otherwise in their given order."""
        return sorted(self.entries, key=lambda entry: LEVELS.index(entry.level))

    @property
    def totals(self) -> dict[Level, int]:
        """How many there are of each level that occurs, critical first."""
        counts = self.counts or Counter(entry.level for entry in self.entries)
        return {level: counts[level] for level in LEVELS if counts.get(level)}

    def more_than(self, shown: int) -> int:
        return max(sum(self.totals.values()), len(self.entries)) - shown
