"""Checks that a person or a program asks for."""

from datetime import datetime

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.models import Catalog
from xdportal.catalog.tasks import check_now
from xdportal.connections.models import Connection


class Refusal(TextChoices):
    """Why no check is started now."""

    SWITCHED_OFF = "switched_off", _("The list is switched off on the connection’s page.")
    PAUSED = "paused", _("The connection is paused.")
    RETRY_AFTER = "retry_after", _("The provider asked us to wait.")
    LEASED = "leased", _("A check is already running.")
    TOO_SOON = "too_soon", _("A check was asked for less than ten seconds ago.")


def refusal(catalog: Catalog, at: datetime) -> Refusal | None:
    """Return why a check of the list may not be started, if it may not."""
    connection = catalog.connection
    if not catalog.enabled:
        return Refusal.SWITCHED_OFF
    if connection.state == Connection.State.PAUSED:
        return Refusal.PAUSED
    if connection.is_held_back(at):
        return Refusal.RETRY_AFTER
    if catalog.is_running(at) or catalog.is_queued(at):
        return Refusal.LEASED
    return None


def ask_for_check(catalog: Catalog, at: datetime) -> Refusal | None:
    """Have a list checked now; return why not, if not. One a connection in ten seconds."""
    refused = refusal(catalog, at)
    if refused is None and not catalog.connection.ask_for_check(at):
        refused = Refusal.TOO_SOON
    if refused is None:
        check_now(catalog)
    return refused


def refusal_text(refused: Refusal, catalog: Catalog) -> str:
    """Return why no check was started, and until when."""
    until = catalog.connection.not_before
    if refused is not Refusal.RETRY_AFTER or until is None:
        return str(refused.label)
    at = f"{timezone.localtime(until):%H:%M:%S}"
    return gettext("The provider asked us to wait until %(at)s.") % {"at": at}
