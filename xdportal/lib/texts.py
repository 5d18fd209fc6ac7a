import re

CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def has_cjk(text: str) -> bool:
    return CJK.search(text) is not None


def printable(text: str) -> str:
    """Replace NUL and lone surrogates, which can't be stored or sent, by U+FFFD."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """Collapse every run of white space, line breaks included, to one space."""
    return " ".join(text.split())
