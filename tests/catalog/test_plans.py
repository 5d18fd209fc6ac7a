"""No page's query scans a table that grows with time: each is explained, on the engine at hand.

With the few rows of a test a planner may well prefer to scan. So SQLite gets no statistics here,
and PostgreSQL is kept from scanning: both take an index wherever one serves.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from tests.items import fail, give, item, items, package, personal
from xdportal.accounts.models import AuditEntry, Team, User
from xdportal.catalog import retention
from xdportal.catalog.history import checks
from xdportal.catalog.models import LISTINGS, Catalog, Check, Event, ImageListing, Snapshot
from xdportal.catalog.pages import change_log
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
NOISE = 150  # steps: an index of more rows is deeper; ninety rows are at least 270
LASTING_PAGES = [
    "/?team={team}",
    "/changes/?team={team}",
    "/inbox/?team={team}",
    "/c/{slug}/images/",
    "/c/{slug}/images/?status=new",
    "/c/{slug}/images/{item}/",
    "/c/{slug}/changes/",
    "/c/{slug}/changes/?days=30",
    "/c/{slug}/snapshots/",
    "/c/{slug}/compare/?from={before}&to={number}",
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


class Measured:
    """Runs each SELECT once more to see what it takes (`steps_of`).

    Not those of listings: so few are read whole at less cost than by their indexes.
    """

    def __init__(self) -> None:
        self.by_query: list[tuple[int, str]] = []

    def __call__(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        is_of_listings = f'FROM "{ImageListing._meta.db_table}"' in sql
        if sql.startswith("SELECT") and not many and not is_of_listings:
            self.by_query.append((steps_of(sql, parameters), sql))
        return execute(sql, parameters, many, context)


def steps_of(sql: str, parameters: Any) -> int:
    """Return the steps of SQLite's machine for a query: some three for each row that it reads."""
    tens = count(1)
    taken = 0

    def step() -> int:
        nonlocal taken
        taken = next(tens)
        return 0

    with database.cursor() as cursor:
        database.connection.set_progress_handler(step, 10)
        cursor.cursor.execute(sql, parameters).fetchall()
        database.connection.set_progress_handler(None, 0)
    return 10 * taken


def daily(owner: User, days: int) -> Connection:
    """Return a connection whose list of twelve has lost an image and got another every day."""
    made = Connection.objects.create(
        team=Team.objects.personal(owner),
        owner=owner,
        name="Main",
        environment="production",
        account_id="A1",
    )
    catalog = made.catalogs.get(kind="images")
    start = timezone.now() - timedelta(days=days)
    for day in range(1, days + 1):
        give(catalog, items(range(day, day + 12)), start + timedelta(days=day))
    return made


def works_of(connection: Connection, client: Client) -> dict[str, list[tuple[int, str]]]:
    number = connection.catalogs.get(kind="images").latest_number
    words = {"slug": connection.slug, "team": connection.team.slug, "number": number}
    found = {}
    for page in LASTING_PAGES:
        measured = Measured()
        path = page.format(**words, before=number - 1, item=number + 11)
        client.get(path)  # what the session remembers is written by now
        with database.execute_wrapper(measured):
            assert client.get(path).status_code == 200, path
        found[page] = measured.by_query
    return found


def grown(short: list[tuple[int, str]], long: list[tuple[int, str]]) -> list[tuple[int, int, str]]:
    """Return the queries that take more with the longer history."""
    pairs = zip(short, long, strict=True)
    return [(few, many, sql) for (few, sql), (many, _) in pairs if many > few + NOISE]


@pytest.mark.skipif(
    database.vendor != "sqlite",
    reason="PostgreSQL weighs the rows, and reads so few at once whatever their indexes.",
)
def test_no_page_reads_more_the_longer_a_list_is_watched(
    cast: SimpleNamespace, sign_in: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty days or a hundred and fifty: what each query takes is the same."""
    User.objects.update(date_joined=timezone.now() - timedelta(days=400))
    settings.CHECK_RETENTION_DAYS = 30
    monkeypatch.setattr(change_log, "FEW", 20)
    monkeypatch.setattr(change_log, "MOST_PAGED", 22)
    monkeypatch.setattr(checks, "MOST_SIZES", 50)
    works = []
    for owner, days in ((cast.mia, 60), (cast.olga, 150)):
        connection = daily(owner, days)
        retention.analyze()
        works.append(works_of(connection, sign_in(owner)))
    short, long = works
    found = {page: grown(short[page], long[page]) for page in LASTING_PAGES}

    assert {page: queries for page, queries in found.items() if queries} == {}
