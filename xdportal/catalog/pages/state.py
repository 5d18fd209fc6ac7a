"""What a catalog's status line says. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from xdportal.catalog.models import Catalog, QuarantinedAnswer
from xdportal.connections.models import Connection


class StateName(StrEnum):
    """In the order in which a person should look."""

    ATTENTION = "attention"
    SUSPECT = "suspect"
    STALE = "stale"
    PAUSED = "paused"
    OFF = "off"
    WAITING = "waiting"
    OK = "ok"


BY_NEED = list(StateName)
COLOURS = {
    StateName.ATTENTION: "err",
    StateName.SUSPECT: "sus",
    StateName.STALE: "chg",
    StateName.PAUSED: "chg",
    StateName.OK: "add",
}


@dataclass(frozen=True, slots=True)
class State:
    catalog: Catalog
    name: StateName
    checking: bool
    is_busy: bool  # something is about to change: the page asks again soon
    running_since: datetime | None  # None: no worker has begun yet
    quarantined: QuarantinedAnswer | None
    waits_until: datetime | None  # the provider asked not to be called before

    @property
    def has_failed(self) -> bool:
        """Whether the latest check failed although the list is still current. It must be joined."""
        return self.name is StateName.OK and self.catalog.trouble is not None

    @property
    def accepted_at(self) -> datetime | None:
        """Return when the waiting answer is accepted if it keeps coming."""
        if self.quarantined is None:
            return None
        return self.quarantined.first_seen_at + timedelta(seconds=settings.SUSPECT_CONFIRM_SECONDS)

    @property
    def css(self) -> str:
        """Return the colour of its tag."""
        if self.has_failed:
            return COLOURS[StateName.STALE]
        return COLOURS.get(self.name, "")

    @property
    def need(self) -> int:
        """The smaller, the sooner a person should look."""
        return BY_NEED.index(self.name)


def state_of(catalog: Catalog, at: datetime) -> State:
    running = catalog.is_running(at)
    checking = running or catalog.is_queued(at)
    connection = catalog.connection
    return State(
        catalog=catalog,
        name=_name(catalog, at),
        checking=checking,
        is_busy=checking or _is_about_to_start(catalog, at),
        running_since=catalog.lease_started if running else None,
        quarantined=catalog.quarantined_answer,
        waits_until=connection.not_before if connection.is_held_back(at) else None,
    )


def is_trusted(catalog: Catalog, at: datetime) -> bool:
    """Whether the list can be relied on now; what is derived from any other list is unknown."""
    return _name(catalog, at) is StateName.OK


def _is_about_to_start(catalog: Catalog, at: datetime) -> bool:
    connection = catalog.connection
    is_free = connection.state != Connection.State.PAUSED and not connection.is_held_back(at)
    return catalog.enabled and is_free and catalog.is_due(at)


def _name(catalog: Catalog, at: datetime) -> StateName:
    connection = catalog.connection
    if not catalog.enabled:
        return StateName.OFF
    if connection.is_refused or catalog.problem:
        return StateName.ATTENTION
    if connection.state == Connection.State.PAUSED:
        return StateName.PAUSED
    if catalog.quarantined_answer is not None:
        return StateName.SUSPECT
    if catalog.last_ok_at is None:
        return StateName.WAITING if catalog.latest_check_id is None else StateName.STALE
    return StateName.STALE if catalog.is_stale(at) else StateName.OK
