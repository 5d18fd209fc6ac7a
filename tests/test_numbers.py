"""Numbers are grouped as the language does; ids, codes and other names are not."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from tests.e2e.pages import paths
from tests.items import fail, give, give_other_lists, items
from tests.reading import html_of
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.provider.errors import ApiError, Details

FIRST_KEY = 7_654_321
ADMIN = [
    "/admin/failures/",
    *(f"/admin/catalog/{name}/" for name in ("check", "snapshot", "listing")),
    f"/admin/catalog/check/{FIRST_KEY}/change/",
    f"/admin/catalog/imagelisting/{FIRST_KEY}/change/",
]


@pytest.fixture
def long_keys(db: None) -> None:
    """As in a portal that has run for years."""
    with database.cursor() as cursor:
        for model in apps.get_models() if database.vendor == "sqlite" else []:
            key = [model._meta.db_table, FIRST_KEY - 1]
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", key[:1])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", key)


@pytest.fixture
def catalog(long_keys: None, cast: SimpleNamespace) -> Catalog:
    """2,010 images, snapshots 3,001 and 3,002, a failed check with a long code."""
    connection = Connection.objects.create(
        team=cast.team,
        owner=cast.olga,
        name="Main",
        environment="production",
        account_id="A1",
        interval=1800,
    )
    catalog = connection.catalogs.get(kind="images")
    now = timezone.now()
    give(catalog, items(range(10000, 12010)), now - timedelta(hours=3))
    catalog.snapshots.update(number=3001)
    catalog.listings.update(first=3001, first_seen=3001)
    give(catalog, items(range(9998, 12010)), now - timedelta(hours=2))
    give_other_lists(catalog, now - timedelta(hours=2))
    fail(catalog, ApiError("", Details(200, 220018, "失败", "trace")), now - timedelta(minutes=1))
    return catalog


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    cast.olga.is_staff = cast.olga.is_superuser = True
    cast.olga.save()
    return sign_in(cast.olga)


def test_numbers_of_things_are_grouped_in_both_languages(
    catalog: Catalog, cast: SimpleNamespace, olga: Client
) -> None:
    path = f"/c/{catalog.slug}/images/"
    assert '<h2 id="count">2,012 images</h2>' in html_of(olga.get(path))
    cast.olga.language = "zh-hans"
    cast.olga.save()

    assert '<h2 id="count">2,012 个镜像</h2>' in html_of(olga.get(path))


def test_what_names_something_is_plain_on_every_page(catalog: Catalog, olga: Client) -> None:
    assert catalog.pk >= FIRST_KEY or database.vendor != "sqlite"
    assert catalog.snapshots.latest("pk").number == 3002
    base = f"/c/{catalog.slug}"
    replaced = {
        f"{base}/images/4005/": f"{base}/images/10005/",
        f"{base}/snapshots/2/": f"{base}/snapshots/3002/",
    }
    wanted = [replaced.get(path, path) for path in paths(catalog) if "www" not in path]
    found = {}
    for path in [*wanted, f"{base}/compare/?from=9999", *ADMIN]:
        page = olga.get(path).content.decode()
        attributes = re.findall(r'\s[a-z-]+="[^"]*"', page)
        wrong = [
            one
            for one in attributes
            if re.search(r"\d,\d{3}", one)
            and not re.match(r"\s(aria-label|data-says|data-masks)", one)
        ]
        wrong += re.findall(r"7,654,\d{3}|220,018|#3,00\d|Snapshot 9,999|10,00\d", page)
        if wrong:
            found[path] = wrong

    assert found == {}
