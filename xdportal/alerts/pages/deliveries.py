"""Deliveries as their pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts import event_sentences
from xdportal.alerts.models import Channel, Delivery
from xdportal.catalog.models import Event

MOST_EVENTS = 20


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """What the list is filtered by; what makes no sense counts as not given."""

    channel: str = ""
    state: str = ""

    @classmethod
    def read(cls, data: QueryDict, channels: Iterable[Channel]) -> "DeliveryQuery":
        known = {str(channel.uuid) for channel in channels}
        channel = data.get("channel", "")
        state = data.get("state", "")
        return cls(
            channel if channel in known else "",
            state if state in Delivery.State.values else "",
        )


def listed(viewer: Viewer, team: Team, query: DeliveryQuery) -> QuerySet[Delivery]:
    """Return a team's deliveries, the newest first."""
    rows = Delivery.objects.visible_to(viewer).filter(team=team)
    if query.channel:
        rows = rows.filter(channel__uuid=query.channel)
    if query.state:
        rows = rows.filter(state=query.state)
    return rows.select_related("channel").newest_first()


def events_of(delivery: Delivery) -> list[tuple[Event, str]]:
    """Return the first events of a delivery, in words. One query."""
    rows = delivery.events.select_related("connection", "catalog__connection").order_by("pk")
    return [(event, event_sentences.sentence(event)) for event in rows[:MOST_EVENTS]]
