import re

CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def has_cjk(text: str) -> bool:
    return CJK.search(text) is not None


def printable(text: str) -> str:
    """Without what neither a database nor an answer can carry: NUL and lone surrogates become U+FFFD."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """Every run of white space, line breaks too, is one space."""
    return " ".join(text.split())
