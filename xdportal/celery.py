"""The queue's application: `celery -A xdportal worker --beat`."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xdportal.settings")
app = Celery("xdportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["xdportal.catalog", "xdportal.operations"])


@setup_logging.connect  # type: ignore[untyped-decorator]
def use_django_logging(**kwargs: object) -> None:
    """Without a receiver Celery replaces the handlers, and with them the redaction."""
