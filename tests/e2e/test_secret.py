"""A secret goes in and never comes out."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret
from xdportal.simulator import Simulator

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SECRET = "never-to-be-seen-4f"


def test_saved_it_is_in_no_page_and_no_export_and_stays_when_the_form_is_sent_empty(
    signed_in: Page, live_server: Any, simulator: Simulator
) -> None:
    signed_in.goto(f"{live_server.url}/settings/connections/new/")
    signed_in.get_by_label("Name").fill("Main")
    signed_in.get_by_label("Account ID").fill("A27550582")
    signed_in.get_by_label("Secret", exact=True).fill(SECRET)
    signed_in.locator("main").get_by_role("button", name="Add a connection").click()
    expect(signed_in.get_by_text("The connection was added.")).to_be_visible()
    connection = Connection.objects.get()
    page = signed_in.url
    for path in (
        page,
        f"{live_server.url}/settings/privacy.json",
        f"{live_server.url}/settings/connections/",
    ):
        text = signed_in.request.get(path).text()
        assert connection.slug in text
        assert SECRET not in text
    expect(signed_in.locator("#credential")).to_contain_text(
        re.compile(r"Saved \d{4}-\d\d-\d\d \d\d:\d\d, ends in …4f")
    )
    expect(signed_in.get_by_label("Secret", exact=True)).to_have_value("")

    signed_in.get_by_role("button", name="Replace").click()
    expect(
        signed_in.get_by_text("Nothing was entered: the stored credential is kept.")
    ).to_be_visible()
    connection.refresh_from_db()
    assert connection.opened_credential() == AccountSecret("A27550582", SECRET)
