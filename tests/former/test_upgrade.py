"""An installation of the first version, made by its own demo, is upgraded and answers as before."""

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import binaries, postgres

HERE = Path(__file__).parent
BASE = HERE.parents[1]
LISTINGS = (
    "SELECT id, catalog_id, image_id, type, name, version, first, ended, seen FROM catalog_listing "
    "ORDER BY id"
)


def unpack(name: str, to: Path) -> Path:
    to.write_bytes(lzma.decompress((HERE / name).read_bytes()))
    return to


def manage(environment: dict[str, str], *arguments: str, stdin: str = "") -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command,
        cwd=BASE,
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def former_answers(tmp_path: Path) -> Path:
    return unpack("answers.json.xz", tmp_path / "answers.json")


@pytest.fixture
def on_sqlite(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "data").mkdir(mode=0o700)
    unpack("portal.sqlite3.xz", tmp_path / "data/portal.sqlite3")
    return {"DATA_DIR": str(tmp_path / "data"), "ENV_FILE": "tests/test.env"}


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[dict[str, str]]:
    dump = unpack("portal.sql.xz", tmp_path / "portal.sql")
    with postgres() as url:
        psql = [str(binaries() / "psql"), "-q", "-v", "ON_ERROR_STOP=1"]
        subprocess.run([*psql, url, "-f", str(dump)], check=True, capture_output=True)
        yield {
            "DATABASE_URL": url,
            "DATA_DIR": str(tmp_path / "data"),
            "ENV_FILE": "tests/test.env",
        }


def as_now(path: str, exported: str, exports: dict[str, str]) -> str:
    """Return a former export as it is now: lists leave out what was withdrawn, unless asked for."""
    if "/images.txt" in path:
        listed = as_now("/images.csv", exports[path.replace(".txt", ".csv")], exports)
        ids = [line.split(",")[0] for line in listed.splitlines()[1:]]
        return "".join(f"{item_id}\n" for item_id in ids)
    if "/images.csv" in path and "status=" not in path:
        lines = exported.splitlines(keepends=True)
        return "".join(line for line in lines if ",withdrawn," not in line)
    return exported


def check_answers(environment: dict[str, str], former_answers: Path) -> None:
    manage(environment, "migrate", "-v0")
    asked = {**environment, "FORMER_ANSWERS": str(former_answers)}
    answers = json.loads(manage(asked, "shell", "-v0", stdin=(HERE / "ask.py").read_text()))
    pages = answers.pop("pages")
    former = json.loads(former_answers.read_text())

    assert sorted(answers["exports"]) == sorted(former["exports"])
    for path, exported in former["exports"].items():
        # Items that came back are now distinguished from changed ones.
        answer = answers["exports"][path]
        if "/images.csv" in path:
            answer = answer.replace(",returned,", ",changed,")
        expected = as_now(path, exported, former["exports"])
        if "/compare.csv" in path or "/changes.csv" in path:  # ordered by consequence now
            answer, expected = sorted(answer.splitlines()), sorted(expected.splitlines())
        assert answer == expected, path
    assert answers["lives"] == former["lives"]
    assert len(pages) > 40
    assert {path: status for path, status in pages.items() if status != 200} == {}


def test_sqlite_answers_as_before(on_sqlite: dict[str, str], former_answers: Path) -> None:
    check_answers(on_sqlite, former_answers)


@pytest.mark.postgres
def test_postgresql_answers_as_before(on_postgresql: dict[str, str], former_answers: Path) -> None:
    check_answers(on_postgresql, former_answers)


def test_no_listing_is_rewritten_and_new_lists_are_spread_over_an_interval(
    on_sqlite: dict[str, str],
) -> None:
    def ask(sql: str) -> list[Any]:
        with sqlite3.connect(Path(on_sqlite["DATA_DIR"]) / "portal.sqlite3") as database:
            return database.execute(sql).fetchall()

    before = ask(LISTINGS)
    manage(on_sqlite, "migrate", "-v0")

    assert len(before) == 319
    assert ask(LISTINGS) == before
    kinds = ask("SELECT kind, count(*) FROM catalog_catalog GROUP BY kind ORDER BY kind")
    assert kinds == [
        ("images", 2),
        ("packages-payg", 2),
        ("packages-rental", 2),
        ("personal", 2),
    ]
    spread = ask(
        "SELECT count(DISTINCT next_check_at), "
        "(julianday(max(next_check_at)) - julianday(min(next_check_at))) * 86400 < 1800 "
        "FROM catalog_catalog WHERE kind = 'personal'"
    )
    assert spread == [(2, 1)]
