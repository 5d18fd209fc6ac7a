"""Wherever an error is shown, its code leads to its page; an undocumented code is plain text."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.items import fail, give, items
from xdportal.catalog.models import Catalog, Check
from xdportal.provider.errors import ApiError, Details

PAGES = [
    "/",
    "/c/{slug}/images/",
    "/c/{slug}/changes/",
    "/c/{slug}/compare/",
    "/c/{slug}/snapshots/",
    "/c/{slug}/checks/{check}/",
    "/settings/connections/",
    "/settings/connections/{slug}/",
    "/admin/failures/",
]


@pytest.fixture
def client(cast: Any, sign_in: Any) -> Client:
    cast.olga.is_staff = cast.olga.is_superuser = True
    cast.olga.save()
    made: Client = sign_in(cast.olga)
    return made


def failed(catalog: Catalog, code: int) -> dict[str, Any]:
    now = timezone.now()
    give(catalog, items(range(6)), now - timedelta(minutes=3))
    fail(catalog, ApiError("", Details(200, code, "失败", "trace-1")), now - timedelta(minutes=1))
    return {"slug": catalog.slug, "check": Check.objects.latest("pk").pk}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("code", [1003, 220018])
def test_a_documented_code_leads_to_its_page(
    catalog: Catalog, client: Client, path: str, code: int
) -> None:
    page = client.get(path.format(**failed(catalog, code))).content.decode()

    assert f'<a href="/errors/{code}/">{code}</a>' in page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("code", [-1, 987654321])
def test_any_other_code_is_shown_as_it_came(
    catalog: Catalog, client: Client, path: str, code: int
) -> None:
    page = client.get(path.format(**failed(catalog, code))).content.decode()

    assert re.search(rf"(?<![\w,#-]){code}(?![\w,])", page)
    assert f"/errors/{code}" not in page
