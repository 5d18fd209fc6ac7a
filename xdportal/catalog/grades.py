"""What a change or a state means for someone who uses an id: a sign, a colour and a word for each.

Solid red: an id no longer means what it meant. Never colour alone: the sign differs too, and the
word is
read aloud. The signs belong to the old Windows glyph set, so Chinese Windows draws them in the
text's face.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Grade(StrEnum):
    SYSTEM = "system"
    TYPE = "type"
    HARDWARE = "hardware"
    REUSED = "reused"
    EXPIRED = "expired"
    ATTENTION = "attention"
    WITHDRAWN = "withdrawn"
    VERSION = "version"
    AMBIGUOUS = "ambiguous"
    BILLING = "billing"
    UP = "up"
    OVER_LIMIT = "over-limit"
    DOWN = "down"
    DETAIL = "detail"
    ADDED = "added"
    RETURNED = "returned"
    SPELLING = "spelling"
    NEWER = "newer"
    FINE = "fine"
    UNKNOWN = "unknown"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Look:
    mark: str
    css: str  # crit is solid red, the others are tinted; same is grey, unk is dashed
    label: Promise

    def css_for(self, strong: bool) -> str:
        return "crit" if strong else self.css

    def tag_css(self, strong: bool) -> str:
        css = self.css_for(strong)
        return "" if css == "same" else css


LOOKS: dict[Grade, Look] = {
    Grade.SYSTEM: Look("≠", "crit", pgettext_lazy("grade", "Other system")),
    Grade.TYPE: Look("≠", "crit", pgettext_lazy("grade", "Other type")),
    Grade.HARDWARE: Look("≠", "crit", pgettext_lazy("grade", "Other hardware")),
    Grade.REUSED: Look("≠", "crit", pgettext_lazy("grade", "ID reused")),
    Grade.EXPIRED: Look("×", "crit", pgettext_lazy("grade", "Expired")),
    Grade.ATTENTION: Look("!", "crit", pgettext_lazy("grade", "Needs attention")),
    Grade.WITHDRAWN: Look("−", "del", pgettext_lazy("grade", "Withdrawn")),
    Grade.VERSION: Look("~", "chg", pgettext_lazy("grade", "Other version")),
    Grade.AMBIGUOUS: Look("!", "chg", pgettext_lazy("grade", "Listed twice")),
    Grade.BILLING: Look("!", "chg", pgettext_lazy("grade", "Wrong billing")),
    Grade.UP: Look("↑", "chg", pgettext_lazy("grade", "Price up")),
    Grade.OVER_LIMIT: Look("↑", "chg", pgettext_lazy("grade", "Over your limit")),
    Grade.DOWN: Look("↓", "add", pgettext_lazy("grade", "Price down")),
    Grade.DETAIL: Look("~", "same", pgettext_lazy("grade", "Other details")),
    Grade.ADDED: Look("+", "add", pgettext_lazy("grade", "Added")),
    Grade.RETURNED: Look("←", "add", pgettext_lazy("grade", "Came back")),
    Grade.SPELLING: Look("≈", "same", pgettext_lazy("grade", "Spelling only")),
    Grade.NEWER: Look("↑", "same", pgettext_lazy("grade", "Newer version")),
    Grade.FINE: Look("=", "same", pgettext_lazy("grade", "Fine")),
    Grade.UNKNOWN: Look("?", "unk", pgettext_lazy("grade", "Unknown")),
    Grade.NEVER: Look("?", "unk", pgettext_lazy("grade", "Never listed")),
}


def look_of(grade: str) -> Look:
    return LOOKS[Grade(grade)]
