"""One click in a mail stops the mails of its channel, without signing in."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from xdportal.accounts.models import AuditEntry
from xdportal.alerts import actions
from xdportal.alerts.actions import Address
from xdportal.alerts.deliveries import outbox, sending
from xdportal.alerts.models import Channel, Delivery
from xdportal.alerts.pins.actions import Actor
from xdportal.alerts.unsubscribing import unsubscribe_url

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def of_team(cast: SimpleNamespace) -> Channel:
    """Return a mailing list that is a channel of the team."""
    actor = Actor(cast.max, timezone.now())
    address = Address("list@example.com")
    return actions.add_channel(cast.team, "mail", "mailing list", address, actor)


def state(channel: Channel) -> str:
    channel.refresh_from_db()
    return channel.state


def path_of(channel: Channel) -> str:
    return urlsplit(unsubscribe_url(channel)).path


def test_a_visit_asks_and_a_post_by_the_mail_program_stops(cast: SimpleNamespace) -> None:
    channel = Channel.objects.personal(cast.mia)
    path = path_of(channel)
    client = Client(enforce_csrf_checks=True)

    assert "Stop these mails" in client.get(path).content.decode()
    assert state(channel) == "active"
    answer = client.post(path, ONE_CLICK)
    assert (answer.status_code, state(channel)) == (200, "off")


def test_waiting_messages_are_not_sent_any_more(cast: SimpleNamespace) -> None:
    channel = Channel.objects.personal(cast.mia)
    outbox.new(channel, timezone.now()).save()
    Client().post(path_of(channel), ONE_CLICK)

    waited = Delivery.objects.values_list("state", "reason")
    assert list(waited) == [("dropped", "unsubscribed")]


def test_a_mail_of_a_teams_channel_has_its_link(of_team: Channel, cast: SimpleNamespace) -> None:
    test = actions.ask_for_test(of_team, Actor(cast.max, timezone.now()))
    assert test is not None
    sending.send(test.pk)

    (sent,) = mail.outbox
    link = unsubscribe_url(of_team)
    assert sent.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in sent.body
    assert "Choose which mails you get" not in sent.body
    test.refresh_from_db()
    assert "Unsubscribe: [redacted]" in test.body  # not for everyone in the team


def test_unsubscribing_from_a_teams_channel_ends_it_and_notifies_its_owners(
    of_team: Channel, cast: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    path = path_of(of_team)
    assert "mailing list" in Client().get(path).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        for _click in range(2):
            assert Client().post(path, ONE_CLICK).status_code == 200

    assert (state(of_team), of_team.reason) == ("off", "unsubscribed")
    assert AuditEntry.objects.filter(kind="channel_changed", actor=None).count() == 1
    told = {sent.to[0] for sent in mail.outbox if "was switched off" in sent.subject}
    assert told == {"max@example.com", "olga@example.com"}
    assert "has unsubscribed from them." in mail.outbox[0].body


def test_a_link_that_was_changed_stops_nothing(cast: SimpleNamespace) -> None:
    channel = Channel.objects.personal(cast.mia)
    path = path_of(channel)

    assert Client().post(f"{path[:-3]}x/").status_code == 404
    assert state(channel) == "active"


def test_a_robot_has_no_link(cast: SimpleNamespace) -> None:
    robot = Address("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a1b2")
    channel = actions.add_channel(
        cast.team, "wecom", "group", robot, Actor(cast.max, timezone.now())
    )
    assert unsubscribe_url(channel) == ""
