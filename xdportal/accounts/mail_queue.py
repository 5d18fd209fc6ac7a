"""Mails wait in the database and are sent by the worker, so no page waits for the mail server.

What a page sends by Django's means is kept here by `mail_backend`. The queue carries ids only.
"""

import logging
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.utils import timezone

from xdportal.accounts.models import QueuedMail
from xdportal.lib.redaction import redact
from xdportal.lib.sealing import CannotOpen

log = logging.getLogger(__name__)
QUEUE = "xdportal.accounts.mail_backend.EmailBackend"
TO_LOG = "xdportal.lib.logged_mail.EmailBackend"
AT_ONCE = 100
LONGEST_PROBLEM = 200


def mail_server() -> Any:
    """Return a connection to the mail server itself, for callers that need its answer."""
    backend = settings.EMAIL_BACKEND
    return get_connection(settings.MAIL_SERVER_BACKEND if backend == QUEUE else backend)


def is_configured() -> bool:
    """Whether there is a mail server; without EMAIL_URL mails go to the worker's log."""
    return bool(settings.MAIL_SERVER_BACKEND != TO_LOG)


def keep(message: EmailMessage) -> QueuedMail:
    """Store the mail for the worker."""
    queued = QueuedMail(next_try=timezone.now())
    html = [str(content) for content, kind in getattr(message, "alternatives", [])]
    parts = {
        "subject": str(message.subject),
        "body": str(message.body),
        "from_email": str(message.from_email),
        "to": list(message.to),
        "headers": {name: str(text) for name, text in message.extra_headers.items()},
        "html": html[0] if html else "",
    }
    queued.seal(parts)
    queued.save()
    return queued


def send(key: int) -> bool:
    """Send a queued mail, if it is still there and due; return whether it was taken.

    A process that is killed on the way sends it again later: better twice than never.
    """
    at = timezone.now()
    queued = QueuedMail.objects.due(at).filter(pk=key).first()
    if queued is None or not queued.claim(at):
        return False
    try:
        message = _message(queued.open())
    except CannotOpen as error:
        log.error("A queued mail was dropped: %s", error)
        queued.delete()
        return False
    return _hand_over(queued, message)


def due() -> list[int]:
    """Return the ids of mails to be sent now, the oldest first."""
    rows = QueuedMail.objects.due(timezone.now()).order_by("next_try")
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def _message(parts: dict[str, Any]) -> EmailMultiAlternatives:
    html = parts.pop("html")
    message = EmailMultiAlternatives(**parts, connection=mail_server())
    if html:
        message.attach_alternative(html, "text/html")
    return message


def _hand_over(queued: QueuedMail, message: EmailMultiAlternatives) -> bool:
    try:
        message.send()
    except OSError as error:  # the network's errors, and every SMTPException
        problem = redact(f"{type(error).__name__}: {error}")
        log.warning("A mail could not be sent: %s", problem)
        QueuedMail.objects.filter(pk=queued.pk).update(problem=problem[:LONGEST_PROBLEM])
        if queued.is_last_attempt:
            log.error("A mail was given up after %d attempts.", queued.attempts)
            queued.delete()
        return False
    queued.delete()
    return True
