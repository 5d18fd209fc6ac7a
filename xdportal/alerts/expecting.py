"""Lists that are silent for some time, and changes that are expected."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import AuditEntry
from xdportal.alerts.models import CatalogMute, ExpectedChange
from xdportal.alerts.pins.actions import Actor, require_mutable
from xdportal.catalog.models import Catalog


@transaction.atomic
def mute(catalog: Catalog, actor: Actor, until: datetime, reason: str) -> CatalogMute:
    """Mute a list and its pins until a given time. Raises a ValidationError by field."""
    require_mutable(until, actor.at, reason)
    values = {"until": until, "reason": reason.strip(), "by": actor.user}
    muted, _made = CatalogMute.objects.update_or_create(catalog=catalog, defaults=values)
    actor.note(AuditEntry.Kind.PIN_MUTED, catalog.connection.team, catalog.slug)
    return muted


def unmute(catalog: Catalog, actor: Actor) -> None:
    CatalogMute.objects.filter(catalog=catalog).delete()
    actor.note(AuditEntry.Kind.PIN_MUTED, catalog.connection.team, catalog.slug)


@transaction.atomic
def expect(
    change: ExpectedChange, actor: Actor, ids: Sequence[str] = (), systems: Sequence[str] = ()
) -> ExpectedChange:
    """Save a new expected change; without ids and systems it covers the whole list."""
    if change.ends_at <= change.starts_at or change.ends_at <= actor.at:
        raise ValidationError({"ends_at": _("The end must be after the start, and in the future.")})
    change.ids = [" ".join(item_id.split()) for item_id in ids if item_id.strip()]
    change.systems = [" ".join(system.split()) for system in systems if system.strip()]
    change.created_by = actor.user
    change.save()
    actor.note(AuditEntry.Kind.EXPECTED, change.team, str(change))
    return change


@transaction.atomic
def withdraw(change: ExpectedChange, actor: Actor) -> None:
    actor.note(AuditEntry.Kind.EXPECTED, change.team, str(change))
    change.delete()
