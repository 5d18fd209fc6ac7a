"""Fetch the third-party files that are in the repository, and record what they are. Needs npm.

To take a newer version: change its number here, run this, run the browser tests.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
RECORD = BASE / "static/vendor/VERSIONS.json"
# name, version, licence, file in the package, where it goes
FILES = [
    ("htmx.org", "2.0.11", "0BSD", "dist/htmx.min.js", "static/vendor/htmx/htmx.min.js"),
    ("axe-core", "4.14.1", "MPL-2.0", "axe.min.js", "tests/vendor/axe-core/axe.min.js"),
]
# Not on npm: taken from its repository by hand, and kept on record.
OTHERS = {"compose-spec"}


def main() -> None:
    kept = [entry for entry in json.loads(RECORD.read_text()) if entry["name"] in OTHERS]
    record = [fetch(*entry) for entry in FILES] + kept
    RECORD.write_text(json.dumps(record, indent=2) + "\n")


def fetch(name: str, version: str, licence: str, source: str, target: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        packed = ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", folder]
        subprocess.run(packed, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            member = archive.extractfile(f"package/{source}")
            content = member.read() if member else sys.exit(f"{source} is not in {name} {version}.")
    (BASE / target).parent.mkdir(parents=True, exist_ok=True)
    (BASE / target).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "version": version, "licence": licence, "file": target, "sha256": digest}


if __name__ == "__main__":
    main()
