"""What a first visit to the page of fifty images weighs, compressed as it is sent."""

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.items import give, items
from xdportal.catalog.models import Catalog

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
