"""What happens here when something happens in a lower room."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from xdportal.accounts.models import User
from xdportal.accounts.signals import personal_data
from xdportal.alerts import moving, receiving, tasks
from xdportal.alerts.models import Channel, Pin
from xdportal.catalog.models import Catalog
from xdportal.catalog.signals import events_written
from xdportal.connections.models import Connection
from xdportal.connections.signals import kinds_chosen, team_changed

PIN = ("name", "item_id", "catalog__connection__slug", "note", "created_at")


@receiver(events_written)
def ring(**kwargs: Any) -> None:
    tasks.ring()


@receiver(kinds_chosen)
def look_at_pins(connection: Connection, **kwargs: Any) -> None:
    """A list that was switched off can't be relied on any more; that is no event of its own."""
    receiving.announce_now(Catalog.objects.filter(connection=connection), timezone.now())


@receiver(team_changed)
def take_pins_along(connection: Connection, **kwargs: Any) -> None:
    moving.follow(connection)


@receiver(personal_data)
def pins_of(user: User, **kwargs: Any) -> tuple[str, list[dict[str, Any]]]:
    return "pins", list(Pin.objects.filter(owner=user).values(*PIN))


@receiver(personal_data)
def channels_of(user: User, **kwargs: Any) -> tuple[str, list[dict[str, Any]]]:
    made = Channel.objects.filter(created_by=user) | Channel.objects.filter(user=user)
    rows: list[Any] = list(made.values("name", "kind", "shown", "state", "created_at"))
    return "channels", rows
