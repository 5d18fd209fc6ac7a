"""A mail to one address, as text and simple HTML."""

import re
import smtplib
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation

from xdportal.accounts.mail_queue import mail_server
from xdportal.alerts.channels.base import Config, Limits, State, Verdict
from xdportal.alerts.channels.message import Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.rendering import clip, closing_of, largest, summary_of, title_of
from xdportal.lib import logged_mail

LIMITS = Limits(100_000)
LONGEST_SENTENCE = 1000
NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")


def validate(url: str, secret: str = "", keyword: str = "") -> Config:
    email = url.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError({"url": error}) from None
    return Config(email)


def build(message: Message, config: Config, now: datetime) -> EmailMultiAlternatives:
    text, html = largest(
        message,
        lambda shown: _bodies(message, shown),
        lambda bodies: sum(len(body.encode()) for body in bodies) <= LIMITS.size,
    )
    mail = EmailMultiAlternatives(
        subject=f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{title_of(message)}",
        body=text,
        to=[config.url],
        headers=_headers(message),
    )
    mail.attach_alternative(html, "text/html")
    return mail


def deliver(message: Message, config: Config, now: datetime) -> Verdict:
    """Hand the mail to the mail server, whose acceptance is all that can be known."""
    try:
        mail = build(message, config, now)
        mail.connection = mail_server()
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return _refused(code, text, State.ATTENTION, Reason.RECIPIENT)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error, State.FAILED, Reason.MAIL_SERVER)
    except OSError as error:  # the network's errors, and every other SMTPException
        return Verdict(State.RETRY, Reason.MAIL_SERVER, detail=str(error))
    if isinstance(mail.connection, logged_mail.EmailBackend):
        return Verdict(State.FAILED, Reason.NO_SERVER)
    return Verdict(State.SENT, Reason.OK)


def _refused(code: int, text: bytes | str, permanent: State, reason: Reason) -> Verdict:
    """Return the verdict: 4yz means try later, 5yz means never, unless it is about signing in."""
    detail = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    is_permanent = code >= 500 and code not in {530, 534, 535}
    return Verdict(permanent if is_permanent else State.RETRY, reason, str(code), detail=detail)


def _bodies(message: Message, shown: int) -> tuple[str, str]:
    with translation.override(message.language):
        rows = [
            {"level": entry.level, "url": entry.url, "text": clip(entry.sentence, LONGEST_SENTENCE)}
            for entry in message.ordered[:shown]
        ]
        context = {
            "title": title_of(message),
            "summary": summary_of(message) if len(message.entries) > 1 else "",
            "rows": rows,
            "closing": closing_of(message, shown),
            "message": message,
        }
        text = render_to_string("mail/alert.txt", context)
        html = render_to_string("mail/alert.html", context)
    return text.strip() + "\n", html


def _headers(message: Message) -> dict[str, str]:
    host = urlsplit(settings.SITE_URL).hostname
    headers = {"Auto-Submitted": "auto-generated"}
    if message.id:
        headers["Message-ID"] = f"<{NOT_IN_ID.sub('-', message.id)}@{host}>"
    if message.thread:
        thread = f"<{NOT_IN_ID.sub('-', message.thread)}@{host}>"
        headers["In-Reply-To"] = headers["References"] = thread
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
