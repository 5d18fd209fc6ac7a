"""Write static/app.js from the modules of static/js, so that a page needs one request for them.

A module of its own page (webauthn) stays a file of its own. A test compares the file with what this
would write.
"""

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "static"
OWN_PAGE = ["webauthn"]
IMPORT = re.compile(r'^import \{ [\w, ]+ \} from "\./(\w+)\.js";\n', re.MULTILINE)
HEAD = (
    "// Additions only: every page works without this file. Written by scripts/bundle.py from "
    "static/js.\n"
)


def bundle(folder: Path = STATIC / "js") -> str:
    """Return the modules as one text, each after those that it imports."""
    texts = {
        path.stem: path.read_text()
        for path in sorted(folder.glob("*.js"))
        if path.stem not in OWN_PAGE
    }
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in ordered:
            return
        for imported in IMPORT.findall(texts[name]):
            add(imported)
        ordered.append(name)

    for name in texts:
        add(name)
    return HEAD + "".join(f"\n{_in_one_scope(texts[name])}" for name in ordered)


def _in_one_scope(text: str) -> str:
    without_imports = IMPORT.sub("", text)
    return re.sub(r"^export ", "", without_imports, flags=re.MULTILINE)


if __name__ == "__main__":
    (STATIC / "app.js").write_text(bundle())
