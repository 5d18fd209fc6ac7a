"""What the rooms above add to connections. They register it when they are ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.safestring import SafeString

from xdportal.accounts.access import Viewer
from xdportal.connections.models import Connection


@dataclass(frozen=True, slots=True)
class Panel:
    """What a room shows on a connection's page."""

    html: SafeString
    is_busy: bool = False  # something is about to change: the page asks again soon
    first_list: str = ""  # the address of the first list that was read


class Room(Protocol):
    def has_history(self, connection: Connection) -> bool:
        """Return whether something is kept that belongs to this very account."""

    def panel(self, connection: Connection, viewer: Viewer) -> Panel: ...

    def summaries(self, connections: Sequence[Connection]) -> dict[int, SafeString]:
        """Return a cell of the table of connections for each primary key."""

    def loss(self, connection: Connection) -> str:
        """Return a sentence about what is deleted with the connection; empty if nothing is."""


rooms: list[Room] = []


def register(room: Room) -> None:
    rooms.append(room)


def has_history(connection: Connection) -> bool:
    return any(room.has_history(connection) for room in rooms)


def losses(connection: Connection) -> list[str]:
    sentences = [room.loss(connection) for room in rooms]
    return [sentence for sentence in sentences if sentence]


def panels(connection: Connection, viewer: Viewer) -> list[Panel]:
    return [room.panel(connection, viewer) for room in rooms]


def add_summaries(connections: Sequence[Connection]) -> None:
    """Give each connection its `summaries`, one a room."""
    tables = [room.summaries(connections) for room in rooms]
    for connection in connections:
        cells = [table.get(connection.pk, SafeString("")) for table in tables]
        connection.summaries = cells
