"""Names and ids as text that Terraform, Ansible and shells read. Pure; stable for equal ids."""

import hashlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping

Ids = Mapping[str, str]
OTHER = re.compile(r"[^A-Za-z0-9]+")


def as_json(ids: Ids) -> str:
    return json.dumps(dict(sorted(ids.items())), ensure_ascii=False, indent=2) + "\n"


def as_yaml(ids: Ids) -> str:
    """Quote as JSON does, which YAML reads alike: no id becomes a number."""
    lines = [f"{_quoted(name)}: {_quoted(ids[name])}" for name in sorted(ids)]
    return "\n".join(["---", *(lines or ["{}"]), ""])


def as_env(ids: Ids) -> str:
    """Names that would be alike, or have no Latin letters, end with a part of their hash."""
    plain = {name: variable(name) for name in ids}
    counts = Counter(plain.values())
    lines = []
    for name in sorted(ids):
        word = plain[name]
        if counts[word] > 1 or word == PREFIX:
            word = f"{word}_{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
        lines.append(f"{word}={shlex.quote(ids[name])}")
    return "".join(f"{line}\n" for line in lines)


PREFIX = "PIN"


def variable(name: str) -> str:
    """Return MAYA_BASE for maya-base."""
    word = OTHER.sub("_", name).strip("_").upper()
    return word if word and not word[0].isdigit() else f"{PREFIX}_{word}".rstrip("_")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
