"""When two texts of the provider are the same word, differently spelled. Pure."""

import re
import unicodedata
from functools import lru_cache

ARCHITECTURE = re.compile(r"x86[_-]?64|amd64|x64|64\s*位|64[\s-]?bits?")
BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")
SPACE = re.compile(r"\s+")
KEPT_SPACE = "\0"


@lru_cache(maxsize=8192)  # a list holds the same few names and versions again and again
def normal(text: str) -> str:
    """Return the text without what makes no difference: letter case, spaces, names of x64.

    A space between two digits stays: "20 04" is not "2004".
    """
    lowered = unicodedata.normalize("NFC", text).casefold()
    spelled = ARCHITECTURE.sub("x64", lowered)
    kept = BETWEEN_DIGITS.sub(KEPT_SPACE, spelled)
    return SPACE.sub("", kept).replace(KEPT_SPACE, " ")
