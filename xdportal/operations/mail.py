"""A mail to one person, in their language and time zone."""

import logging
import zoneinfo
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone, translation

from xdportal.accounts.models import User
from xdportal.lib.texts import one_line

log = logging.getLogger(__name__)


def send(user: User, name: str, context: dict[str, Any]) -> bool:
    """Renders `mail/<name>.txt`, whose first line is the subject. False when the mail server did not take it."""
    zone = zoneinfo.ZoneInfo(user.time_zone) if user.time_zone else timezone.get_default_timezone()
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(zone):
        text = render_to_string(f"mail/{name}.txt", {**context, "site": settings.SITE_URL})
    subject, _, body = text.strip().partition("\n")
    try:
        send_mail(f"[xdportal] {one_line(subject)}", body.strip() + "\n", None, [user.email])
    except OSError as error:  # of the network, and every SMTPException
        log.warning("The mail %r was not taken: %s", name, error)
        return False
    return True
