"""No page's query scans a table that grows with time: each is explained, on the engine at hand.

With the few rows of a test a planner may well prefer to scan. So SQLite gets no statistics here,
and PostgreSQL is kept from scanning: both take an index wherever one serves.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from tests.items import fail, give, item, package, personal
from xdportal.accounts.models import AuditEntry
from xdportal.catalog import retention
from xdportal.catalog.models import LISTINGS, Catalog, Check, Event, Snapshot
from xdportal.connections.models import Connection
from xdportal.provider.errors import ApiError, Details

SNAPSHOTS = 12
GROWING = {
    model._meta.db_table for model in (*LISTINGS.values(), Check, Snapshot, Event, AuditEntry)
}
PAGES = [
    "/",
    "/changes/?team=render",
    "/c/{slug}/images/",
    "/c/{slug}/images/?q=ubuntu",
    "/c/{slug}/images/?status=withdrawn",
    "/c/{slug}/images/?type=ceph&sort=-changed",
    "/c/{slug}/images/15/",
    "/c/{slug}/changes/",
    "/c/{slug}/snapshots/",
    "/c/{slug}/snapshots/2/",
    "/c/{slug}/compare/?from=1&to=9",
    "/c/{slug}/packages-payg/",
    "/c/{slug}/packages-payg/changes/",
    "/c/{slug}/packages-payg/items/15/",
    "/c/{slug}/personal/",
    "/errors/",
    "/settings/connections/{slug}/",
    "/settings/audit/?team=render",
]


@pytest.fixture(autouse=True)
def no_statistics(db: None) -> None:
    """Take back what another test's ANALYZE left: it outlives the rows that it counted."""
    if database.vendor != "sqlite":
        return
    with database.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")


@pytest.fixture
def connection(cast: SimpleNamespace) -> Connection:
    """Return a connection whose lists changed every day, and then failed."""
    made = Connection.objects.create(
        team=cast.team,
        owner=cast.olga,
        name="Main",
        environment="production",
        account_id="A1",
        interval=1800,
    )
    of_kind = {catalog.kind: catalog for catalog in made.catalogs.all()}
    now = timezone.now()
    for number in range(SNAPSHOTS):
        at = now - timedelta(days=SNAPSHOTS - number)
        listed = range(number, number + 80)
        give(of_kind["images"], [item(place, f"r{number // 3}") for place in listed], at)
        give(
            of_kind["packages-payg"], [package(place, place + number // 3) for place in listed], at
        )
        give(of_kind["personal"], [personal(place) for place in listed], at)
    for minutes in range(20):
        error = ApiError("", Details(200, 220018, "失败", "trace"))
        fail(of_kind["images"], error, now - timedelta(minutes=30 - minutes))
    return made


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.olga)
    return client


@contextmanager
def no_needless_scans() -> Iterator[None]:
    """Let PostgreSQL scan only where no index serves."""
    if database.vendor != "postgresql":
        yield
        return
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    yield
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")


@contextmanager
def no_sort() -> Iterator[None]:
    """Let PostgreSQL, for which this list is too short to matter, show that it need not sort."""
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    yield


class Explained:
    """Explains each SELECT before it runs; `scans` are the growing tables read from end to end."""

    def __init__(self) -> None:
        self.scans: list[tuple[str, str]] = []
        self.count = 0

    def __call__(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and not many:
            self.count += 1
            for table in scanned(sql, parameters) & GROWING:
                self.scans.append((table, sql))
        return execute(sql, parameters, many, context)


def scanned(sql: str, parameters: Any) -> set[str]:
    """Return the tables of a query that its plan reads whole."""
    on_sqlite = database.vendor == "sqlite"
    with no_needless_scans(), database.cursor() as cursor:
        cursor.cursor.execute(f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{sql}", parameters)
        plan = "\n".join(str(row[-1]) for row in cursor.cursor.fetchall())
    pattern = r"^SCAN (\w+)" if on_sqlite else r"Seq Scan on (\w+)"
    named = set(re.findall(pattern, plan, re.MULTILINE))
    return {table_of(alias, sql) for alias in named}


def table_of(alias: str, sql: str) -> str:
    """Return the table behind an alias such as `U0`."""
    found = re.search(rf'"(\w+)" "?{alias}"?[ )]', sql)
    return found[1] if found else alias


def scans_of(page: str, client: Client) -> list[tuple[str, str]]:
    explained = Explained()
    with database.execute_wrapper(explained):
        answer = client.get(page)
    assert answer.status_code == 200, page
    assert explained.count > 0
    return explained.scans


def test_no_page_scans_a_table_that_grows(connection: Connection, olga: Client) -> None:
    """In one test: the history takes longer to write than the pages to read."""
    found = {page: scans_of(page.format(slug=connection.slug), olga) for page in PAGES}

    assert {page: scans for page, scans in found.items() if scans} == {}


def test_a_scan_is_noticed(connection: Connection) -> None:
    explained = Explained()
    with database.execute_wrapper(explained):
        list(Check.objects.filter(msg="失败"))
        list(Catalog.objects.all())

    assert [table for table, _ in explained.scans] == [Check._meta.db_table]


def test_the_first_page_of_a_past_list_is_read_in_its_order(connection: Connection) -> None:
    """Fifty rows do not sort the whole list, once statistics say how long it is."""
    retention.analyze()
    catalog = connection.catalogs.get(kind="images")
    page = catalog.listings.as_of(5).in_natural_order(numeric=True)[:50]
    with no_needless_scans(), no_sort():
        plan = page.explain()

    assert "listing_natural" in plan
