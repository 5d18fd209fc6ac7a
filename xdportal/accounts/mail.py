"""Mails of the portal, each in its reader's language. Errors of the mail server are logged."""

import logging
import smtplib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from xdportal.accounts.models import User
from xdportal.lib.texts import one_line

log = logging.getLogger(__name__)


def tell(users: Iterable[User], template: str, **context: Any) -> None:
    for user in users:
        if user.email:
            send(user.email, template, user.language or settings.LANGUAGE_CODE, **context)


def send(email: str, template: str, language: str | None = None, **context: Any) -> None:
    """Send a mail; the first line of the template is its subject.

    Without a language, that of the current request is used.
    """
    with translation.override(language or translation.get_language()):
        subject, _, body = render_to_string(
            f"mail/{template}.txt", {"site": settings.SITE_URL, **context}
        ).partition("\n")
    with errors_logged():
        send_mail(
            f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{one_line(subject)}",
            body.strip() + "\n",
            None,
            [email],
        )


@contextmanager
def errors_logged() -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        log.warning("A mail could not be sent: %s", type(error).__name__)
