"""A worker tests the credential, and the connection's page shows what it found."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from tests.reading import html_of
from xdportal.accounts.models import AuditEntry
from xdportal.catalog.models import Catalog, Event, ImageListing
from xdportal.connections import tasks
from xdportal.connections.models import Connection, CredentialTest
from xdportal.connections.shares import share_of
from xdportal.provider.credentials import AccountSecret
from xdportal.simulator import Simulator


@pytest.fixture
def connection(connect: Callable[..., Connection]) -> Connection:
    return connect()


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.mia)


@pytest.fixture
def press(connection: Connection, mia: Client, django_capture_on_commit_callbacks: Any) -> Any:
    """Press the button; return the page that it leads to."""

    def do() -> str:
        with django_capture_on_commit_callbacks(execute=True):
            answer = mia.post(f"{connection.get_absolute_url()}test/", follow=True)
        return html_of(answer)

    return do


@pytest.fixture
def page(connection: Connection, mia: Client) -> Callable[[], str]:
    return lambda: html_of(mia.get(connection.get_absolute_url()))


def work(connection: Connection) -> str:
    return tasks.run_credential_test(connection.pk)


def test_the_web_process_asks_nobody(
    connection: Connection, press: Any, simulator: Simulator
) -> None:
    text = press()

    assert "Testing the credential." in text
    assert 'hx-trigger="every 2s"' in text
    assert simulator.calls == []
    assert AuditEntry.objects.filter(kind=AuditEntry.Kind.CREDENTIAL_TESTED).count() == 1


def test_it_says_how_many_images_and_records_nothing(
    connection: Connection, press: Any, page: Any
) -> None:
    press()

    assert work(connection) == "ok"
    assert "It works: the provider returned 40 images." in page()
    assert ImageListing.objects.count() == 0


def test_a_refusal_is_shown_with_code_and_trace_id(
    connection: Connection, press: Any, page: Any
) -> None:
    connection.set_credential(
        AccountSecret(connection.account_id, "a wrong secret"), timezone.now()
    )
    press()

    assert work(connection) == "auth"
    text = page()
    test = CredentialTest.objects.get()
    assert "<b>Sign-in was refused</b>" in text
    assert (test.code, test.trace_id in text) == (401, True)
    assert "Needs attention" in text
    assert "Working" not in text


def test_what_the_provider_says_is_shown_without_the_secret(
    connection: Connection, press: Any, page: Any, simulator: Simulator
) -> None:
    simulator.fault("echo_secret", on="token", times=None)
    press()
    work(connection)
    text = page()

    assert "The provider reported an error" in text
    assert "[redacted]" in text
    assert simulator.accounts["production"][0].secret not in text


def test_one_that_works_ends_the_attention_and_wants_a_check(
    connection: Connection, press: Any
) -> None:
    connection.needs_attention("auth")
    Catalog.objects.update(next_check_at=timezone.now() + timedelta(minutes=30))
    press()
    work(connection)
    connection.refresh_from_db()

    assert (connection.state, connection.reason) == ("ok", "")
    assert list(Event.objects.order_by("pk").values_list("type", flat=True)) == [
        "connection.attention",
        "connection.recovered",
    ]
    assert [catalog.kind for catalog in Catalog.objects.due(timezone.now())] == ["images"]


def test_a_paused_connection_is_tested_and_stays_paused(connection: Connection, press: Any) -> None:
    connection.pause()
    press()

    assert work(connection) == "ok"
    connection.refresh_from_db()
    assert (connection.state, connection.reason) == ("paused", "by_user")


def test_one_at_a_time(connection: Connection, press: Any) -> None:
    press()

    assert "A test is already running." in press()


def test_five_a_minute(connection: Connection, press: Any, simulator: Simulator) -> None:
    for _ in range(6):
        text = press()
        work(connection)

    assert "the limit is five tests a minute" in text
    assert simulator.count("open/image") == 5


def test_a_doubled_message_tests_once(
    connection: Connection, press: Any, simulator: Simulator
) -> None:
    press()

    assert [work(connection), work(connection)] == ["ok", ""]
    assert simulator.count("open/image") == 1


def test_one_that_no_worker_takes_up_says_so(connection: Connection, press: Any, page: Any) -> None:
    press()
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=True):
        text = page()

    assert "The test did not run: no worker was available." in text
    assert "Testing the credential." not in text


def test_without_a_broker_it_ends_at_once(
    press: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*arguments: Any, **options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.run_credential_test, "apply_async", away)

    press()

    assert "The queue isn’t responding. Try again in a minute." in page()


def test_beyond_the_share_of_its_team_it_is_not_run(
    connection: Connection, press: Any, page: Any, simulator: Simulator, settings: Any
) -> None:
    settings.WORKER_THREADS = 2
    press()
    with share_of(connection):
        assert work(connection) == ""

    assert "Other reads of this account are still running." in page()
    assert simulator.calls == []


def test_replacing_the_credential_forgets_the_result(
    connection: Connection, press: Any, page: Any, mia: Client
) -> None:
    press()
    work(connection)
    mia.post(
        f"{connection.get_absolute_url()}credential/", {"secret": "another secret", "token": ""}
    )
    text = page()

    assert "It works" not in text
    assert "Not tested yet" in text
