"""Mails sent by the worker."""

from collections.abc import Iterable

from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.password_reset import request_password_reset
from celery.utils.log import get_task_logger
from django.conf import settings
from django.utils import translation
from kombu.exceptions import OperationalError

from xdportal.accounts import mail_queue
from xdportal.accounts.models import User
from xdportal.celery import task
from xdportal.lib import threads

log = get_task_logger(__name__)
NOBODY = 0


@task
def send_password_reset(user_id: int) -> None:
    """Send the link to the account's own address, not to the one that was typed."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is not None:
        with translation.override(user.language or settings.LANGUAGE_CODE):
            request_password_reset(None, user.email, [user], default_token_generator)


def queue_password_reset(user: User | None) -> None:
    """Let the worker send the mail; queue one even if there is no recipient.

    Creating and sending a mail takes long enough to reveal known addresses. A thread of the web
    process would lose the mail when the process stops. The queue carries ids only, so the worker
    creates the link's key.
    """
    try:
        send_password_reset.apply_async((user.pk if user else NOBODY,), retry=False)
    except OperationalError as error:
        log.error("The broker did not take a password reset, whose mail is not sent: %s", error)


@task
def send_mail(key: int) -> bool:
    """Return whether the mail server took it.

    All mails share half of a worker's threads. One beyond that waits for the sweep, or for
    another one that was sent.
    """
    with threads.shares.take("mails", most=threads.half()) as has_share:
        if not has_share:
            return False
        was_sent = mail_queue.send(key)
    if was_sent:
        queue_mails(mail_queue.due()[:1])
    return was_sent


@task
def sweep_mails() -> int:
    """Queue the mails that are due: what the broker lost, and what the mail server refused."""
    keys = mail_queue.due()
    queue_mails(keys)
    return len(keys)


def queue_mails(keys: Iterable[int]) -> None:
    """Let the worker send them. If the broker is down, the next sweep sends them."""
    try:
        for key in keys:
            send_mail.apply_async((key,), expires=settings.MESSAGE_LIFE, retry=False)
    except OperationalError as error:
        log.warning("The broker did not take a mail: %s", error)
