"""What a catalog's status line says. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from xdportal.catalog.models import Catalog, HeldAnswer
from xdportal.connections.models import Connection

Name = Literal["attention", "suspect", "stale", "paused", "waiting", "ok"]
BY_NEED: tuple[Name, ...] = ("attention", "suspect", "stale", "paused", "waiting", "ok")


@dataclass(frozen=True, slots=True)
class State:
    name: Name
    checking: bool
    running_since: datetime | None  # None: no worker has begun yet
    held: HeldAnswer | None

    @property
    def need(self) -> int:
        """The smaller, the sooner somebody should look."""
        return BY_NEED.index(self.name)


def state_of(catalog: Catalog, at: datetime) -> State:
    held = getattr(catalog, "held", None)
    running = (catalog.lease_until or at) > at
    checking = running or (catalog.queued_until or at) > at
    return State(_name(catalog, held, at), checking, catalog.lease_started if running else None, held)


def _name(catalog: Catalog, held: HeldAnswer | None, at: datetime) -> Name:
    connection = catalog.connection
    if connection.state == Connection.State.ATTENTION:
        return "attention"
    if connection.state == Connection.State.PAUSED:
        return "paused"
    if held is not None:
        return "suspect"
    if catalog.last_ok_at is None:
        return "waiting" if catalog.latest_check is None else "stale"
    if at - catalog.last_ok_at > timedelta(seconds=2 * connection.interval):
        return "stale"
    return "ok"
