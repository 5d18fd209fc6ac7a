"""100,000 images: as many queries as for ten, fifty rows a page, any page of any filter."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, item
from xdportal.catalog import retention
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

QUERIES = [
    "",
    "page=2",
    "page=1999",
    "sort=-changed",
    "sort=system&page=7",
    "q=40",
    "type=ceph&system=Debian&page=3",
    "status=new",
    "status=withdrawn",
    "status=available&status=changed&sort=-id&page=40",
]


def catalog_of(cast: SimpleNamespace, size: int) -> Catalog:
    """Old images, and lately: one in a hundred changed, the first gone, one new."""
    names = ("Ubuntu Server", "Debian", "CentOS")
    rows = [item(4001 + n, name=names[n % 3], type=("BL", "ceph")[n % 2]) for n in range(size)]
    made = Connection.objects.create(
        team=cast.team, owner=cast.mia, name=f"n{size}", environment="production", account_id="A"
    )
    catalog = made.catalogs.get(kind="images")
    now = timezone.now()
    give(catalog, rows, now - timedelta(days=30))
    retention.analyze()  # as the signal does once the first list is committed
    changed = [
        row | {"systemImageVersion": "new"} if n % 100 == 5 else row for n, row in enumerate(rows)
    ]
    give(catalog, [*changed[1:], item(9_000_000)], now - timedelta(hours=1))
    return catalog


def cost(client: Client, catalog: Catalog, query: str) -> tuple[int, int]:
    """Queries, and rows on the page."""
    path = f"/c/{catalog.slug}/images/?{query}"
    with CaptureQueriesContext(connection) as counted:
        page = client.get(path)
    return len(counted), len(page.context["rows"])


# Pages besides the list.
OTHER_PAGES = (
    "changes/",
    "changes/?days=7&grade=version&q=debian",
    "compare/",
    "compare/?from=1&to=2&page=3",
    "snapshots/",
    "snapshots/2/?page=900",
    "images/4006/",
    "pairs/",
    "pairs/?name=Debian&version=20.04+x64",
)


def weighed(client: Client, catalog: Catalog, path: str) -> tuple[int, bool]:
    """Queries, and whether the page is light."""
    with CaptureQueriesContext(connection) as counted:
        page = client.get(f"/c/{catalog.slug}/{path}")
    assert page.status_code == 200, path
    return len(counted), len(page.content) < 100_000


@pytest.mark.django_db
def test_it_costs_what_ten_images_cost(cast: SimpleNamespace, sign_in: Any) -> None:
    client = sign_in(cast.rita)
    ten, small, large = (catalog_of(cast, size) for size in (10, 3_000, 100_000))
    client.get(f"/c/{ten.slug}/images/")

    assert cost(client, large, "")[0] == cost(client, ten, "")[0]
    for query in QUERIES:
        few, _ = cost(client, small, query)
        many, rows = cost(client, large, query)
        assert many == few or query == "page=1999", query
        assert rows <= 50, query
    full = [
        cost(client, large, query)[1]
        for query in ("", "page=1999", "q=40", "type=ceph&system=Debian&page=3")
    ]
    assert full == [50] * 4
    for path in OTHER_PAGES:
        queries, is_light = weighed(client, large, path)
        assert (path, is_light) == (path, True)
        assert queries <= weighed(client, small, path)[0], path
