"""One click in a mail stops the mails to a person's own address, without signing in."""

from types import SimpleNamespace
from urllib.parse import urlsplit

from django.test import Client

from xdportal.alerts.models import Channel
from xdportal.alerts.unsubscribing import unsubscribe_url


def state(channel: Channel) -> str:
    channel.refresh_from_db()
    return channel.state


def test_a_visit_asks_and_a_post_by_the_mail_program_stops(cast: SimpleNamespace) -> None:
    channel = Channel.objects.personal(cast.mia)
    path = urlsplit(unsubscribe_url(channel)).path
    client = Client(enforce_csrf_checks=True)

    assert "Stop these mails" in client.get(path).content.decode()
    assert state(channel) == "active"
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, state(channel)) == (200, "off")


def test_a_link_that_was_changed_stops_nothing(cast: SimpleNamespace) -> None:
    channel = Channel.objects.personal(cast.mia)
    path = urlsplit(unsubscribe_url(channel)).path

    assert Client().post(f"{path[:-3]}x/").status_code == 404
    assert state(channel) == "active"
