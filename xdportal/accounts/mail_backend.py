"""The mail backend of Django: mails go to the worker."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from xdportal.accounts import mail_queue, tasks


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        keys = [mail_queue.keep(message).pk for message in email_messages]
        transaction.on_commit(lambda: tasks.queue_mails(keys))
        return len(keys)
