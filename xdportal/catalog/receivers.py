"""What happens here when something happens in a lower room, or in the engine."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from xdportal.accounts.models import User
from xdportal.accounts.signals import personal_data
from xdportal.catalog import retention
from xdportal.catalog.checks import events
from xdportal.catalog.checks.run import NO_LEASE
from xdportal.catalog.models import Catalog, Event, Note, QuarantinedAnswer, SavedFilter
from xdportal.catalog.signals import events_written
from xdportal.catalog.tasks import queue_checks
from xdportal.connections.models import Connection
from xdportal.connections.signals import check_wanted, kinds_chosen, state_changed, team_changed

STATE_EVENTS = {
    Connection.State.ATTENTION: Event.Type.CONNECTION_ATTENTION,
    Connection.State.PAUSED: Event.Type.CONNECTION_PAUSED,
    Connection.State.OK: Event.Type.CONNECTION_RECOVERED,
}


@receiver(events_written)
def analyze_after_the_first_list(catalog: Catalog | None, **kwargs: Any) -> None:
    if catalog is not None and catalog.latest_snapshot is None:
        retention.analyze()


@receiver(check_wanted)
def check_soon(connection: Connection, account: bool = False, **kwargs: Any) -> None:
    """A new credential, or a resumed connection. `account`: it is another account from now on, so
    nothing that waits is compared or accepted any more."""
    catalogs = Catalog.objects.filter(connection=connection)
    if account:
        QuarantinedAnswer.objects.filter(catalog__in=catalogs).delete()
        catalogs.update(answer_digest=b"", failures=0, problem="", **NO_LEASE)
    catalogs.update(next_check_at=timezone.now(), queued_until=None)
    transaction.on_commit(lambda: queue_checks(connection.pk))


@receiver(state_changed)
def write_state_event(connection: Connection, at: datetime, **kwargs: Any) -> None:
    type = STATE_EVENTS[Connection.State(connection.state)]
    events.of_connection(connection, type, at, reason=connection.reason)


@receiver(kinds_chosen)
def switch_lists(connection: Connection, **kwargs: Any) -> None:
    """A list that is switched on again is due at once."""
    catalogs = Catalog.objects.filter(connection=connection)
    catalogs.exclude(kind__in=connection.kinds).update(enabled=False)
    off = catalogs.filter(kind__in=connection.kinds, enabled=False)
    off.update(enabled=True, next_check_at=timezone.now(), queued_until=None, problem="")
    transaction.on_commit(lambda: queue_checks(connection.pk))


@receiver(team_changed)
def take_events_along(connection: Connection, **kwargs: Any) -> None:
    """What happened to a connection belongs to the team that has it now."""
    Event.objects.filter(connection=connection).update(team=connection.team)


@receiver(personal_data)
def notes_of(user: User, **kwargs: Any) -> tuple[str, list[dict[str, Any]]]:
    fields = ("catalog__connection__slug", "item_id", "text", "written_at")
    return "notes", list(Note.objects.filter(author=user).values(*fields))


@receiver(personal_data)
def filters_of(user: User, **kwargs: Any) -> tuple[str, list[dict[str, Any]]]:
    fields = ("team__name", "kind", "name", "query", "is_shared")
    return "saved_filters", list(SavedFilter.objects.filter(owner=user).values(*fields))


@receiver(post_save, sender=Connection)
def make_catalogs(instance: Connection, created: bool, raw: bool, **kwargs: Any) -> None:
    """Give a new connection its lists, due at once. (`loaddata` brings them itself.)"""
    if not created or raw:
        return
    now = timezone.now()
    for kind in Catalog.Kind:
        enabled = kind in instance.kinds
        Catalog.objects.create(connection=instance, kind=kind, next_check_at=now, enabled=enabled)
