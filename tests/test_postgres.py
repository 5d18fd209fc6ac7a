"""The engine, the connections and the pages once more, on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import postgres

ALERTS = ("alerts", "trouble", "deliveries", "commands", "unsubscribing")
BASE = Path(__file__).resolve().parents[1]


@pytest.mark.postgres
def test_the_engine_on_postgresql() -> None:
    with postgres() as url:
        suites = [
            "tests/catalog",
            "tests/connections",
            "tests/accounts",
            "tests/operations/test_admin.py",
        ]
        suites += ["tests/alerts/pins", *(f"tests/alerts/test_{name}.py" for name in ALERTS)]
        # These start SQLite of their own, or are about what the provider sends.
        left_out = [
            f"--ignore=tests/catalog/test_{name}.py" for name in ("killed", "memory", "faults")
        ]
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:xdist",
                "-m",
                "not full",
                *left_out,
                *suites,
            ],
            cwd=BASE,
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
        )

    assert ended.returncode == 0, ended.stdout[-6000:]
    assert " passed" in ended.stdout
    assert "skipped" not in ended.stdout
