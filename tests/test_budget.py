"""What a first visit to the page of fifty images weighs, compressed as it is sent."""

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, items, package
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

STATIC = Path(__file__).resolve().parents[1] / "static"
KIB = 1024


def weight(name: str) -> int:
    return len(gzip.compress((STATIC / name).read_bytes(), 9))


def test_each_part_keeps_to_its_budget(catalog: Catalog, cast: Any, sign_in: Any) -> None:
    give(catalog, items(range(1000, 2000)), timezone.now() - timedelta(hours=1))
    client: Client = sign_in(cast.olga)
    page = client.get(f"/c/{catalog.slug}/images/", headers={"Accept-Encoding": "gzip"})

    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.content) < 12 * KIB
    assert weight("app.css") < 10 * KIB
    assert weight("app.js") + weight("vendor/htmx/htmx.min.js") < 22 * KIB
    assert weight("icons.svg") < 3 * KIB


# Pages of packages, with the most queries that each may cost.
PACKAGE_PAGES = {
    "packages-payg/": 21,  # the saved filters of the list
    "packages-payg/?sort=-price&page=90": 20,
    "packages-payg/items/7005/": 20,
    "packages-payg/changes/": 20,
    "packages-payg/compare/": 20,
    "packages-payg/snapshots/2/?page=50": 20,
    "images/4001/": 25,
    "pairs/?image=4001": 25,
    "pairs/?image=4001&page=40": 25,
}


def test_five_thousand_packages_weigh_no_more_than_a_page(cast: Any, sign_in: Any) -> None:
    made = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A"
    )
    catalog, packages = (made.catalogs.get(kind=kind) for kind in ("images", "packages-payg"))
    ids, now = range(7000, 12_000), timezone.now()
    give(catalog, items(["4001", "4002"]), now)
    give(packages, [package(str(one), "1.10") for one in ids], now - timedelta(days=3))
    dearer = [package(str(one), "1.25" if one % 50 == 5 else "1.10") for one in ids]
    give(packages, dearer, now)
    client: Client = sign_in(cast.olga)
    over = []
    for path, most in PACKAGE_PAGES.items():
        with CaptureQueriesContext(database) as counted:
            page = client.get(f"/c/{catalog.slug}/{path}")
        if page.status_code != 200 or len(page.content) >= 100_000 or len(counted) > most:
            over.append((path, page.status_code, len(page.content), len(counted)))

    assert over == []
