"""The engine, the connections, alerts, the API and the pages once more, on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import postgres

BASE = Path(__file__).resolve().parents[1]
API = ("lists", "changes", "resolve", "outputs")
ALERTS = ("alerts", "trouble", "deliveries", "commands", "unsubscribing")
SUITES = {
    "catalog": ["tests/catalog"],
    "people": ["tests/connections", "tests/accounts", "tests/operations/test_admin.py"],
    "alerts": ["tests/alerts/pins", *(f"tests/alerts/test_{name}.py" for name in ALERTS)],
    "api": [f"tests/api/test_{name}.py" for name in API],
}
# These start SQLite of their own, or are about what the provider sends.
LEFT_OUT = [f"--ignore=tests/catalog/test_{name}.py" for name in ("killed", "memory", "faults")]


@pytest.mark.postgres
@pytest.mark.parametrize("name", SUITES)
def test_on_postgresql(name: str) -> None:
    quietly = ["-q", "-p", "no:xdist", "-m", "not full"]
    command = [sys.executable, "-m", "pytest", *quietly, *LEFT_OUT, *SUITES[name]]
    with postgres() as url:
        ended = subprocess.run(
            command,
            cwd=BASE,
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
        )

    assert ended.returncode == 0, ended.stdout[-6000:]
    assert " passed" in ended.stdout
    assert "skipped" not in ended.stdout
