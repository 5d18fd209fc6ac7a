"""Teams in Chromium: invited, made greater, refused, and strangers."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from xdportal.accounts.models import Membership
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough passphrase"


def test_an_invited_newcomer_sees_the_teams_catalogs(
    browser: Browser, browser_context_args: Any, signed_in: Page, live_server: Any, stage: Catalog
) -> None:
    signed_in.goto(f"{live_server.url}/settings/members/?team=render")
    signed_in.get_by_label("Email").fill("nora@example.com")
    signed_in.get_by_label("Role", exact=True).select_option("reader")
    signed_in.get_by_role("button", name="Invite").click()
    link = signed_in.locator(".note code").inner_text().removeprefix("http://127.0.0.1:8000")

    page = browser.new_context(**browser_context_args).new_page()
    page.goto(live_server.url + link)
    page.get_by_label("Username").fill("nora")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("Password confirmation")).fill(PASSWORD)
    page.get_by_role("button", name="Create the account and join").click()
    expect(page.get_by_text("You are now a member of the team Render.")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="up to date: Main").click()
    expect(page.get_by_role("heading", name="Images", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Check now")).to_have_count(0)

    answer = page.goto(live_server.url + link)
    assert answer is not None
    assert answer.status == 404
    page.context.close()


def test_a_changed_role_is_effective_at_once(
    browser: Browser,
    browser_context_args: Any,
    signed_in: Page,
    live_server: Any,
    stage: Catalog,
    cast: SimpleNamespace,
    sign_in: Any,
) -> None:
    context = browser.new_context(**browser_context_args)
    cookie = sign_in(cast.rita).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    ritas = context.new_page()
    ritas.goto(f"{live_server.url}/c/{stage.slug}/images/")
    expect(ritas.get_by_role("button", name="Check now")).to_have_count(0)

    signed_in.goto(f"{live_server.url}/settings/members/?team=render")
    signed_in.get_by_label("Role of rita").select_option("member")
    signed_in.get_by_role("row", name="rita").get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("The role was changed.")).to_be_visible()
    ritas.reload()
    expect(ritas.get_by_role("button", name="Check now")).to_have_count(1)
    context.close()


def test_the_last_owner_cannot_leave(
    signed_in: Page, live_server: Any, stage: Catalog, cast: SimpleNamespace
) -> None:
    signed_in.goto(f"{live_server.url}/settings/members/?team=render")
    signed_in.get_by_role("link", name="Leave").click()

    expect(signed_in.get_by_text("A team needs at least one owner")).to_be_visible()
    assert Membership.objects.filter(team=cast.team, user=cast.olga, role="owner").exists()


def test_an_arrow_key_on_a_role_changes_nothing_by_itself(
    signed_in: Page, live_server: Any, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    """It used to make a colleague a reader, and to erase their credentials."""
    connect("Prod")
    connect("QA")
    signed_in.goto(f"{live_server.url}/settings/members/?team=render")
    signed_in.get_by_label("Role of mia").focus()
    signed_in.keyboard.press("ArrowDown")
    expect(signed_in.get_by_label("Role of mia")).to_have_value("reader")
    signed_in.reload()
    assert cast.team.memberships.get(user=cast.mia).role == "member"

    signed_in.get_by_label("Role of mia").select_option("reader")
    signed_in.get_by_role("row", name="mia").get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("heading", name="Make mia a reader?")).to_be_visible()
    expect(signed_in.get_by_text("2 connections stop: Prod, QA")).to_be_visible()
    assert cast.team.memberships.get(user=cast.mia).role == "member"

    signed_in.get_by_role("button", name="Change the role").click()
    expect(signed_in.get_by_text("The role was changed.")).to_be_visible()
    assert cast.team.memberships.get(user=cast.mia).role == "reader"
    assert [one.state for one in Connection.objects.all()] == ["paused", "paused"]


def test_removing_takes_two_clicks_and_names_what_stops(
    signed_in: Page, live_server: Any, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    connect("Prod")
    connect("QA")
    signed_in.goto(f"{live_server.url}/settings/members/?team=render")
    signed_in.get_by_role("row", name="mia").get_by_role("link", name="Remove").click()
    expect(signed_in.get_by_text("2 connections stop: Prod, QA")).to_be_visible()
    assert cast.team.memberships.filter(user=cast.mia).exists()

    signed_in.get_by_role("button", name="Remove from the team").click()
    expect(signed_in.get_by_text("Removed. Their connections were paused")).to_be_visible()
    assert not cast.team.memberships.filter(user=cast.mia).exists()


@pytest.mark.parametrize("who", ["stefan", "ada"])
def test_a_strangers_link_answers_404(
    page: Page, live_server: Any, stage: Catalog, cast: SimpleNamespace, sign_in: Any, who: str
) -> None:
    cookie = sign_in(getattr(cast, who)).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    for path in (
        f"/c/{stage.slug}/images/",
        f"/settings/connections/{stage.slug}/",
        "/settings/members/?team=render",
        "/settings/audit/?team=render",
    ):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", name="Not found")).to_be_visible()
