"""Mails wait in the database; the worker sends them, and tries again."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from xdportal.accounts import mail_queue, tasks
from xdportal.accounts.mail_backend import EmailBackend
from xdportal.accounts.models import QueuedMail
from xdportal.accounts.models.queued_mail import WAITS
from xdportal.lib import threads

pytestmark = pytest.mark.django_db
LINK = "https://portal.example.com/invitations/one-time-token/"
AWAY = "django.core.mail.backends.smtp.EmailBackend"


def queued(**parts: Any) -> QueuedMail:
    message = EmailMultiAlternatives("Welcome", LINK, "us@example.com", ["mia@example.com"])
    message.attach_alternative("<p>Welcome</p>", "text/html")
    message.extra_headers = {"Auto-Submitted": "auto-generated"}
    assert EmailBackend().send_messages([message]) == 1
    return QueuedMail.objects.get()


def fail(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = AWAY, 1


def test_a_mail_arrives_as_it_was_written() -> None:
    assert mail_queue.send(queued().pk) is True

    (message,) = mail.outbox
    assert (message.subject, message.body, message.to) == ("Welcome", LINK, ["mia@example.com"])
    assert message.from_email == "us@example.com"
    assert message.alternatives[0] == ("<p>Welcome</p>", "text/html")
    assert message.extra_headers == {"Auto-Submitted": "auto-generated"}
    assert QueuedMail.objects.count() == 0


def test_a_link_is_not_stored_in_clear() -> None:
    row = queued()

    assert "one-time-token" not in row.sealed
    assert "mia@example.com" not in row.sealed


def test_one_sends_and_a_doubled_message_finds_nothing() -> None:
    key = queued().pk

    assert [mail_queue.send(key), mail_queue.send(key)] == [True, False]
    assert len(mail.outbox) == 1


def test_two_workers_claim_it_once() -> None:
    first, second = queued(), QueuedMail.objects.get()
    at = timezone.now()

    assert [first.claim(at), second.claim(at)] == [True, False]


def test_it_is_tried_again_and_given_up(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    row = queued()
    fail(settings)
    caplog.set_level(logging.WARNING)
    waits = []
    for _ in range(len(WAITS)):
        at = timezone.now()
        assert mail_queue.send(row.pk) is False
        row.refresh_from_db()
        waits.append(round((row.next_try - at).total_seconds() / 60))
        assert mail_queue.due() == []
        QueuedMail.objects.update(next_try=at)
    assert mail_queue.send(row.pk) is False

    assert tuple(waits) == WAITS
    assert QueuedMail.objects.count() == 0
    assert "A mail was given up after 6 attempts." in caplog.messages


def test_what_a_clock_that_ran_ahead_put_off_is_due() -> None:
    row = queued()
    QueuedMail.objects.update(next_try=timezone.now() + timedelta(days=30))

    assert mail_queue.due() == [row.pk]


def test_without_its_key_it_is_dropped() -> None:
    row = queued()
    QueuedMail.objects.update(sealed=row.sealed.replace("v1:test:", "v1:lost:"))

    assert mail_queue.send(row.pk) is False
    assert (QueuedMail.objects.count(), len(mail.outbox)) == (0, 0)


def test_the_queue_carries_ids_only(settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = queued()
    (message,) = (Path(settings.DATA_DIR) / "broker").glob("*.msg")
    text = message.read_text()

    assert "xdportal.accounts.tasks.send_mail" in text
    assert f"[[{row.pk}]" in _body(text)
    assert "example.com" not in _body(text)


def _body(text: str) -> str:
    import base64
    import json

    return base64.b64decode(json.loads(text)["body"]).decode()


def test_the_sweep_finds_what_the_broker_lost(settings: Any) -> None:
    queued()

    assert tasks.sweep_mails() == 1


def test_an_alert_asks_the_mail_server_itself(settings: Any) -> None:
    """What is sent is known only by its answer."""
    settings.EMAIL_BACKEND = mail_queue.QUEUE
    settings.MAIL_SERVER_BACKEND = AWAY

    assert type(mail_queue.mail_server()).__module__ == "django.core.mail.backends.smtp"


def test_mails_take_half_of_the_threads_at_most(settings: Any) -> None:
    """One beyond the share waits until another was sent."""
    settings.WORKER_THREADS = 2
    settings.CELERY_TASK_ALWAYS_EAGER = False
    waiting = queued()
    with threads.shares.take("mails", most=threads.half()):
        assert tasks.send_mail(waiting.pk) is False
    assert mail.outbox == []

    assert tasks.send_mail(waiting.pk) is True
    assert len(mail.outbox) == 1


def test_a_mail_that_was_sent_queues_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    first = queued()
    QueuedMail.objects.filter(pk=first.pk).update(next_try=timezone.now() - timedelta(minutes=1))
    EmailBackend().send_messages([EmailMultiAlternatives("B", "b", "us@x.com", ["b@x.com"])])
    second = QueuedMail.objects.exclude(pk=first.pk).get()
    keys: list[int] = []
    monkeypatch.setattr(tasks, "queue_mails", keys.extend)
    tasks.send_mail(first.pk)

    assert keys == [second.pk]
