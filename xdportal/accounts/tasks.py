"""Mails that a worker sends."""

from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.password_reset import request_password_reset
from celery.utils.log import get_task_logger
from django.conf import settings
from django.utils import translation
from kombu.exceptions import OperationalError

from xdportal.accounts.models import User
from xdportal.celery import app

log = get_task_logger(__name__)
NOBODY = 0


@app.task  # type: ignore[untyped-decorator]
def send_password_reset(user_id: int) -> None:
    """Makes the link and sends it, to the account's own address whatever was typed."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is not None:
        with translation.override(user.language or settings.LANGUAGE_CODE):
            request_password_reset(None, user.email, [user], default_token_generator)


def queue_password_reset(user: User | None) -> None:
    """By a worker, and also for nobody: making and sending the mail takes so long that it would tell known addresses.

    Not by a thread of the web process, which would take the mail along when it stops. The link's key is made where it
    is sent, because the queue carries ids alone.
    """
    try:
        send_password_reset.apply_async((user.pk if user else NOBODY,), retry=False)
    except OperationalError as error:
        log.error("The broker did not take a password reset, whose mail is not sent: %s", error)
