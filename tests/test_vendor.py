import hashlib
import json
from pathlib import Path

BASE = Path(__file__).resolve().parents[1]
RECORD = json.loads((BASE / "static/vendor/VERSIONS.json").read_text())


def test_every_vendored_file_is_the_one_on_record() -> None:
    found = {
        entry["file"]: hashlib.sha256((BASE / entry["file"]).read_bytes()).hexdigest()
        for entry in RECORD
    }

    assert found == {entry["file"]: entry["sha256"] for entry in RECORD}


def test_no_vendored_file_is_without_a_record() -> None:
    files = [
        path
        for folder in ("static/vendor", "tests/vendor")
        for path in (BASE / folder).rglob("*.*")
    ]

    assert sorted(
        str(path.relative_to(BASE)) for path in files if path.name != "VERSIONS.json"
    ) == sorted(entry["file"] for entry in RECORD)
