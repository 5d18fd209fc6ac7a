"""The first ten minutes: a connection is added, and its page says by itself what comes of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.e2e.first_steps import (
    CHINESE,
    ENGLISH,
    TEAM,
    WRONG,
    Words,
    add_connection,
    become_administrator,
    replace_secret,
)
from xdportal.accounts.models import Team
from xdportal.catalog.models import Catalog
from xdportal.catalog.tasks import check_connection
from xdportal.connections.models import Connection, CredentialTest
from xdportal.connections.tasks import run_credential_test
from xdportal.simulator import Simulator

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def work() -> None:
    """Do what a worker would do with the messages that were sent."""
    now = timezone.now()
    for test in CredentialTest.objects.filter(started_at=None):
        run_credential_test(test.pk)
    for catalog in Catalog.objects.due(now).filter(queued_until__gt=now):
        check_connection(catalog.connection_id)


@contextmanager
def worker() -> Iterator[None]:
    """Work in a thread while the browser looks on."""
    ended = threading.Event()

    def keep_working() -> None:
        while not ended.wait(0.2):
            work()
        database.close()

    thread = threading.Thread(target=keep_working)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def add(signed_in: Page, live_server: Any, simulator: Simulator) -> Callable[[str], Page]:
    def fill_in(secret: str) -> Page:
        signed_in.goto(f"{live_server.url}/settings/connections/new/")
        signed_in.get_by_label("Name", exact=True).fill("Main")
        signed_in.get_by_label("Account ID").fill(simulator.accounts["production"][0].account_id)
        signed_in.get_by_label("Secret", exact=True).fill(secret)
        signed_in.locator("main").get_by_role("button", name="Add a connection").click()
        return signed_in

    return fill_in


def test_a_wrong_secret_is_refused_in_place_and_the_right_one_leads_to_the_list(
    add: Callable[[str], Page], simulator: Simulator
) -> None:
    account = simulator.accounts["production"][0]
    page = add(WRONG)
    state = page.get_by_role("region", name="State")
    expect(state).to_contain_text("Not tested yet")
    expect(state).not_to_contain_text("Working")
    with worker():
        expect(state).to_contain_text("Sign-in was refused", timeout=20_000)
        expect(state).to_contain_text("Trace ID")
        expect(state).to_contain_text("Needs attention")
        expect(state).not_to_contain_text("Working")

        page.get_by_label("Secret", exact=True).fill(account.secret)
        page.get_by_role("button", name="Replace").click()
        expect(page.get_by_role("heading", name="40 images")).to_be_visible(timeout=20_000)
        assert page.url.endswith(f"/c/{Connection.objects.get().slug}/images/")


def test_after_a_replacement_nothing_is_said_of_the_former_credential(
    add: Callable[[str], Page],
) -> None:
    page = add(WRONG)
    work()
    page.reload()
    state = page.get_by_role("region", name="State")
    expect(state).to_contain_text("Sign-in was refused")
    page.get_by_label("Secret", exact=True).fill("another wrong secret")
    page.get_by_role("button", name="Replace").click()

    expect(state).to_contain_text("Not tested yet")
    expect(state).not_to_contain_text("Sign-in was refused")
    expect(state).not_to_contain_text("Working")
    work()
    expect(state).to_contain_text("Sign-in was refused")


def test_the_page_of_the_list_moves_too(
    add: Callable[[str], Page], live_server: Any, simulator: Simulator
) -> None:
    page = add(simulator.accounts["production"][0].secret)
    page.goto(f"{live_server.url}/c/{Connection.objects.get().slug}/images/")
    expect(page.get_by_role("heading", name="No list yet")).to_be_visible()
    work()

    expect(page.get_by_role("heading", name="40 images")).to_be_visible()


def test_the_test_button_answers_in_place(add: Callable[[str], Page], simulator: Simulator) -> None:
    page = add(simulator.accounts["production"][0].secret)
    with worker():
        page.get_by_role("heading", name="40 images").wait_for(timeout=10_000)
    page.goto(page.url.replace("/c/", "/settings/connections/").replace("images/", ""))
    state = page.get_by_role("region", name="State")
    expect(state).to_contain_text("Works: 40 images")
    page.get_by_role("button", name="Test the connection").click()
    expect(state).to_contain_text("Testing the credential.")
    work()

    expect(state).to_contain_text("It works: the provider returned 40 images.")
    expect(page.get_by_role("button", name="Test the connection")).to_be_enabled()


def test_an_answer_that_is_an_error_is_shown_in_place(
    signed_in: Page,
    live_server: Any,
    cast: SimpleNamespace,
    connect: Callable[..., Connection],
    simulator: Simulator,
) -> None:
    connection = connect(owner=cast.olga)
    simulator.fault("code", code=1001, msg="无权限")
    signed_in.goto(f"{live_server.url}{connection.get_absolute_url()}")
    signed_in.evaluate("window.same = true")
    signed_in.get_by_role("button", name="Test the connection").click()
    state = signed_in.get_by_role("region", name="State")
    expect(state).to_contain_text("Testing the credential.")
    work()

    told = state.locator(".note.error")
    expect(told).to_contain_text("No permission · code 1001 · 无权限 · Trace ID")
    expect(told.locator("code")).to_have_text(CredentialTest.objects.get().trace_id)
    expect(told.get_by_role("link", name="1001")).to_have_attribute("href", "/errors/1001/")
    expect(signed_in.get_by_role("button", name="Test the connection")).to_be_enabled()
    assert signed_in.evaluate("window.same")


def test_without_script_the_answer_is_there_after_a_reload(
    browser: Browser,
    live_server: Any,
    cast: SimpleNamespace,
    sign_in: Any,
    connect: Callable[..., Connection],
) -> None:
    connection = connect()
    with browser.new_context(java_script_enabled=False, locale="en-US") as context:
        cookie = sign_in(cast.mia).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}{connection.get_absolute_url()}")
        page.get_by_role("button", name="Test the connection").click()
        state = page.get_by_role("region", name="State")
        expect(state).to_contain_text("Testing the credential.")
        work()
        page.get_by_role("link", name="Reload").click()

        expect(state).to_contain_text("It works: the provider returned 40 images.")


def test_a_connection_moves_to_another_team(
    signed_in: Page, live_server: Any, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    personal = Team.objects.personal(cast.olga)
    connection = connect(owner=cast.olga, team=personal)
    signed_in.goto(f"{live_server.url}{connection.get_absolute_url()}")
    section = signed_in.locator("#move")
    section.get_by_label("Team").select_option(label="Render")
    section.get_by_role("button", name="Move").click()

    expect(signed_in.get_by_text("The connection now belongs to the team Render.")).to_be_visible()
    assert Connection.objects.get().team == cast.team


def test_the_lists_are_chosen_with_boxes(
    signed_in: Page, live_server: Any, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    connection = connect(owner=cast.olga)
    signed_in.goto(f"{live_server.url}{connection.get_absolute_url()}")
    boxes = signed_in.get_by_role("group", name="Lists to read")
    boxes.get_by_label("Personal images").check()
    boxes.get_by_label("Images", exact=True).uncheck()
    signed_in.get_by_role("button", name="Save the lists").click()

    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    assert Connection.objects.get().kinds == ["personal"]


@pytest.mark.parametrize("words", [ENGLISH, CHINESE])
def test_from_the_link_of_the_first_administrator_to_the_first_list(
    browser: Browser,
    live_server: Any,
    transactional_db: None,
    simulator: Simulator,
    capsys: pytest.CaptureFixture[str],
    words: Words,
) -> None:
    """Take the link that `make run` prints, name the team, mistype the secret, see the list."""
    account = simulator.accounts["production"][0]
    call_command("setup_link")
    path = urlsplit(capsys.readouterr().out.strip()).path
    with browser.new_context(locale=words.locale) as context:
        page = context.new_page()
        become_administrator(page, f"{live_server.url}{path}")
        add_connection(page, account.account_id, WRONG)
        work()
        expect(page.locator("main")).to_contain_text(words.refused, timeout=5000)

        replace_secret(page, account.secret)
        expect(page.locator("main")).not_to_contain_text(words.refused)
        work()
        expect(page.get_by_role("heading", name=words.heading)).to_be_visible(timeout=10_000)
    assert Connection.objects.get().team.name == TEAM
