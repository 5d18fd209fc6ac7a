"""What tests of pins and alerts have in common."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from xdportal.alerts import actions, receiving
from xdportal.alerts.actions import Address, RuleWish
from xdportal.alerts.channels import webhook
from xdportal.alerts.deliveries import sending
from xdportal.alerts.models import Channel, Pin
from xdportal.alerts.pins import actions as pins
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.pins.state import evaluate
from xdportal.catalog.models import Catalog
from xdportal.simulator.receiver import Receiver
from xdportal.simulator.robots import Robot

HOUR = timedelta(hours=1)


def pin(catalog: Catalog, item_id: str, at: datetime, name: str = "", **fields: Any) -> Pin:
    """Pin an id in the name of the connection's owner."""
    return pins.create(Wish(catalog, item_id, name, **fields), Actor(catalog.connection.owner, at))


def states(chosen: Iterable[Pin]) -> list[str]:
    return [found.state.value for found in evaluate(chosen).values()]


class Outside:
    """A clock that moves, and a receiver on loopback that knows one webhook."""

    def __init__(self, receiver: Receiver, traveller: Any) -> None:
        self.receiver = receiver
        self._traveller = traveller
        self.robot = Robot("webhook", "deploy", webhook.new_secret())
        self.url = receiver.register(self.robot)

    def channel(self, team: Any, user: Any, *rules: RuleWish) -> Channel:
        """Add the webhook as a team's channel, with rules (pins at once if none are given)."""
        actor = Actor(user, timezone.now())
        address = Address(self.url, self.robot.secret)
        channel = actions.add_channel(team, "webhook", "deploy", address, actor)
        for wish in rules or (RuleWish("pins"),):
            actions.add_rule(channel, wish, actor)
        return channel

    def go_to(self, at: datetime) -> None:
        self._traveller.move_to(at, tick=True)

    def work(self, at: datetime) -> list[dict[str, Any]]:
        """Let the worker look at this time; return the records of what went to the webhook."""
        self.go_to(at)
        receiving.receive(at)
        receiving.look_after(at)
        records = [sending.send(key, at) for key in sending.due(at)]
        return [record for record in records if record and record["kind"] == "webhook"]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was accepted so far, in order."""
        return [arrival.call.fields for arrival in self.receiver.accepted("webhook")]

    @property
    def sentences(self) -> list[str]:
        """Return the sentences of the last accepted message."""
        data = self.bodies[-1]["data"]
        return [event["sentence"] for event in data.get("events", [data])]
