"""Explain an error: what happened to the ids comes before what the code means."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.items import give, item
from xdportal.catalog.models import Catalog

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ANSWER = """curl -X POST /v1/pve/open/createquantity -d '{"imageId": "4006", "packageId": "7001"}'
{"code": 7005, "msg": "主机配置类型与镜像类型不一致", "success": false, "traceId": "7f3a19c2"}
"""


@pytest.fixture
def changed(stage: Catalog) -> str:
    """Let 4006 change its type two minutes ago; return the time of day when it did."""
    listed = [
        item(row.item_id, row.version, row.name, "SC" if row.item_id == "4006" else row.type)
        for row in stage.listings.filter(ended=None)
    ]
    give(stage, listed, timezone.now() - timedelta(minutes=2, seconds=10))
    assert stage.latest_snapshot is not None
    return f"{timezone.localtime(stage.latest_snapshot.taken_at):%H:%M}"


def test_a_type_that_changed_minutes_ago_is_the_first_thing_said_of_7005(
    signed_in: Page, live_server: Any, changed: str
) -> None:
    signed_in.goto(f"{live_server.url}/errors/decode/")
    signed_in.get_by_label("The provider’s answer").fill(ANSWER)
    signed_in.get_by_role("button", name="Explain", exact=True).click()

    first = signed_in.locator("main .stack > *").first
    expect(first).to_contain_text("Most likely cause: image 4006 changed its type.")
    expect(first.locator("del")).to_have_text("BL")
    expect(first.locator("ins")).to_have_text("SC")
    expect(first).to_contain_text(re.compile(rf"{changed} · 2 min ago"))
    expect(first).to_contain_text("The package 7001 is of type BL, so the two do not fit.")
    row = signed_in.get_by_role("row").filter(has=signed_in.get_by_text("4006", exact=True))
    expect(row).to_contain_text("Other type")
    expect(row).to_contain_text("BL until")
    expect(signed_in.locator("main")).not_to_contain_text("Available")
