"""The engine, the connections, alerts, the API and the pages once more, on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import postgres

BASE = Path(__file__).resolve().parents[1]
CATALOG = (
    *("change_log", "check_catalogs", "check_now", "counts_by_difference", "exports"),
    *("four_lists", "history_properties", "item_page", "kind_pages", "many_connections", "pairs"),
    *("plans", "retention", "rules", "saved_filters", "search", "seen", "sides", "statements"),
    "walk",
)
PEOPLE = (
    "audit_names",
    "composed",
    "composed_pages",
    "invitations",
    "keys",
    "recent",
    "retention",
    "second_factor",
    "teams",
)
ALERTS = ("alerts", "clock", "trouble", "deliveries", "commands", "unsubscribing")
API = ("lists", "changes", "resolve", "outputs")
SUITES = {
    "where databases differ": [
        *(f"tests/catalog/test_{name}.py" for name in CATALOG),
        *(f"tests/accounts/test_{name}.py" for name in PEOPLE),
        *(f"tests/alerts/test_{name}.py" for name in ALERTS),
        *(f"tests/api/test_{name}.py" for name in API),
        "tests/lib/test_composed.py",
        *("tests/connections", "tests/alerts/pins", "tests/operations/test_admin.py"),
    ],
    "all": ["tests/catalog", "tests/connections", "tests/accounts"],
}
EACH = [pytest.param(name, marks=pytest.mark.full) if name == "all" else name for name in SUITES]
# These start SQLite of their own, are about what the provider sends, or count SQLite's steps.
LEFT_OUT = [
    *(f"--ignore=tests/catalog/test_{name}.py" for name in ("killed", "memory", "faults")),
    "--deselect=tests/catalog/test_plans.py::test_no_page_reads_more_the_longer_a_list_is_watched",
]


@pytest.mark.postgres
@pytest.mark.parametrize("name", EACH)
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
