"""A walk through 100,000 items while the list changes: one list, and the same cost a page."""

import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.conftest import Api
from tests.items import give, item
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

NUMBER = 100_000
MOST_QUERIES = 8  # of a page
RECORDED_AT = (20_000, 50_000, 80_000)  # after so many items, the list changes


def record_another(catalog: Catalog, rows: list[dict[str, Any]], known: int, minutes: int) -> None:
    """Change one item in 97, and add one."""
    at = timezone.now() - timedelta(minutes=20 - minutes)
    changed = [item(str(number), f"{known} x64") for number in range(0, NUMBER, 97)]
    kept = [row for number, row in enumerate(rows) if number % 97]
    give(catalog, [*changed, *kept, item(str(NUMBER + known))], at)


def memory_of(api: Api, address: str) -> int:
    """Return the most bytes that Python held at once for one page."""
    tracemalloc.start()
    try:
        api.get(address)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.full
def test_exactly_the_first_list_at_the_same_cost_a_page(
    api: Api, connect: Callable[..., Connection]
) -> None:
    catalog: Catalog = connect().catalogs.get(kind="images")
    rows = [item(str(number)) for number in range(NUMBER)]
    give(catalog, rows, timezone.now() - timedelta(minutes=20))
    api.data("/status")  # notes the key's use
    address: str | None = f"/connections/{catalog.slug}/images?limit=500"
    addresses: list[str] = []
    ids: list[str] = []
    versions: set[str] = set()
    seconds: list[float] = []
    queries: set[int] = set()
    while address is not None:
        addresses.append(address)
        with CaptureQueriesContext(database) as captured:
            began = time.process_time()
            answer = api.get(address).json()
            seconds.append(time.process_time() - began)
        queries.add(len(captured))
        ids += [row["id"] for row in answer["data"]]
        versions |= {row["version"] for row in answer["data"]}
        address = answer["next"]
        if len(ids) in RECORDED_AT:
            record_another(catalog, rows, len(ids), RECORDED_AT.index(len(ids)) + 1)

    assert ids == [str(number) for number in range(NUMBER)]
    assert versions == {"20.04 x64"}
    assert Catalog.objects.get(pk=catalog.pk).latest_number == 1 + len(RECORDED_AT)
    assert max(queries) <= MOST_QUERIES
    assert median(seconds[-20:]) < 2 * median(seconds[1:21])
    assert memory_of(api, addresses[-2]) < 1.5 * memory_of(api, addresses[1])
