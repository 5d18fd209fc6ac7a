"""The status page: version, mail, last backup, disk, and a test mail."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.items import give, items, package, personal
from xdportal import VERSION
from xdportal.accounts import mail_queue
from xdportal.accounts.mail_backend import EmailBackend
from xdportal.accounts.models import QueuedMail, Team
from xdportal.alerts.channels.base import Config
from xdportal.alerts.models import Channel
from xdportal.operations import backup

SMTP = "django.core.mail.backends.smtp.EmailBackend"
BUTTON = "Send a test mail"


@pytest.fixture
def ada(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.ada)


def page(client: Client) -> str:
    return client.get("/admin/status/").content.decode()


@pytest.fixture
def with_mail_server(settings: Any) -> None:
    settings.MAIL_SERVER_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "mail.example.com", 587


def test_without_a_mail_server_nothing_claims_that_one_sends(ada: Client) -> None:
    text = page(ada)
    assert "EMAIL_URL isn’t set" in text
    assert BUTTON not in text

    answer = ada.post("/admin/status/test-mail/", follow=True)
    assert "There is no mail server" in answer.content.decode()
    assert mail.outbox == []


@pytest.mark.usefixtures("with_mail_server")
def test_a_test_mail(ada: Client) -> None:
    assert "mail.example.com:587" in page(ada)
    assert BUTTON in page(ada)

    answer = ada.post("/admin/status/test-mail/", follow=True)
    assert "The test mail to ada@example.com is queued." in answer.content.decode()
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


@pytest.mark.usefixtures("with_mail_server")
def test_a_refused_mail_says_why(ada: Client, settings: Any) -> None:
    EmailBackend().send_messages([mail.EmailMessage("x", "y", "us@example.com", ["a@example.com"])])
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mail_queue.send(QueuedMail.objects.get().pk)

    assert "ConnectionRefusedError" in page(ada)


def test_the_rows_of_each_kind_of_list_are_counted(ada: Client, connect: Any) -> None:
    connection = connect(kinds=["images", "packages-payg", "personal"])
    now = timezone.now()
    give(connection.catalogs.get(kind="images"), items(range(4)), now)
    give(connection.catalogs.get(kind="packages-payg"), [package("1")], now)
    give(connection.catalogs.get(kind="personal"), [personal("1"), personal("2")], now)
    rows = ada.get("/admin/status/").context["rows"]

    assert {name: number for name, number in rows.items() if name.startswith("listings")} == {
        "listings of images": 4,
        "listings of packages": 1,
        "listings of personal images": 2,
    }


def test_a_key_counts_what_it_sealed(ada: Client, connect: Any) -> None:
    channel = Channel(team=Team.objects.get(slug="render"), kind="slack", name="Farm")
    channel.set_config(Config("https://hooks.slack.com/services/T/B/x"))
    channel.save()
    connect()

    assert ada.get("/admin/status/").context["keys"] == [
        {
            "id": "test",
            "credentials": 1,
            "factors": 0,
            "channels": 1,
            "known": True,
            "seals": True,
        }
    ]


def test_version_and_disk(ada: Client) -> None:
    text = page(ada)

    assert f'<td role="cell">{VERSION}</td>' in text
    assert "Free disk space" in text


def test_the_last_backup(ada: Client) -> None:
    assert "none yet" in page(ada)

    backup.remember(datetime(2026, 11, 1, 4, 5, tzinfo=UTC))
    assert "2026-11-01 12:05" in page(ada)


def test_staff_finds_the_way_there_and_nobody_else(
    cast: SimpleNamespace, ada: Client, sign_in: Any
) -> None:
    link = 'href="/admin/"'

    assert link in ada.get("/").content.decode()
    assert link not in sign_in(cast.olga).get("/").content.decode()
