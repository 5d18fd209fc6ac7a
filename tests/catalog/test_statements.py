"""The usual check finds nothing new: what it asks of the database, statement by statement."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.items import START, answer, give, items
from xdportal.catalog.checks.engine import finish
from xdportal.catalog.checks.run import Run
from xdportal.catalog.models import Catalog
from xdportal.provider.client import Answer

ROWS = items(range(1000, 1040))
HOUR = timedelta(hours=1)


@pytest.fixture
def known(catalog: Catalog) -> Catalog:
    """Return a list that was read twice, so that its counters exist."""
    give(catalog, ROWS, START)
    give(catalog, ROWS, START + HOUR)
    return catalog


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Return verb and table of each statement, transactions aside."""
    found = []
    for query in captured.captured_queries:
        named = re.match(r'(SELECT|INSERT|UPDATE|DELETE).*?"([a-z_]+)"', query["sql"])
        if named:
            found.append(" ".join(named.groups()))
    return found


def ending(catalog: Catalog, given: Answer) -> list[str]:
    at = START + 2 * HOUR
    run = Run.claim(catalog.pk, at)
    with CaptureQueriesContext(database) as captured:
        finish(run, given, at + timedelta(seconds=1))  # as long as the checks before: one counter
    return statements(captured)


FOUR_WRITES = [
    "UPDATE catalog_snapshot",
    "INSERT catalog_check",
    "UPDATE catalog_catalog",
    "UPDATE lib_tally",
]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(answer(ROWS)._replace(listed=None), id="the same bytes"),
        pytest.param(answer(ROWS[::-1]), id="another order"),
    ],
)
def test_nothing_new_takes_four_writes_and_no_read(known: Catalog, given: Any) -> None:
    assert ending(known, given) == FOUR_WRITES


def test_a_lease_takes_one_read_and_one_write(known: Catalog) -> None:
    with CaptureQueriesContext(database) as captured:
        Run.claim(known.pk, START + 2 * HOUR)

    assert statements(captured) == ["SELECT catalog_catalog", "UPDATE catalog_catalog"]
