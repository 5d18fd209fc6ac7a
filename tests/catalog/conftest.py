"""A list of images for the tests of pages, and who looks at it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.items import give, item
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    return new_catalog(cast, "Main")


def new_catalog(cast: SimpleNamespace, name: str) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team,
        owner=cast.mia,
        name=name,
        environment="production",
        account_id="A1",
        interval=1800,
    )
    return connection.catalogs.get(kind="images")


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.olga)


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


@pytest.fixture
def history(cat: Catalog) -> Catalog:
    """Return a list that had 8, 9 and 10 for a month. Today 9 changed, 7 came and 8 went."""
    give(cat, [item("10"), item("9"), item("8", type="ceph", name="CentOS")], ago(days=30))
    give(cat, [item("10"), item("9", version="22.04 x64"), item("7", type="ceph")], ago(hours=1))
    return cat
