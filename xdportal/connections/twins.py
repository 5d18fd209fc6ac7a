"""Connections that people mix up: of one name, or of one account."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from xdportal.connections.models import Connection


@dataclass(frozen=True, slots=True)
class Twins:
    """Groups of connections of one team."""

    of_name: list[list[Connection]] = field(default_factory=list)
    of_account: list[list[Connection]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.of_name or self.of_account)

    def __contains__(self, key: int) -> bool:
        """Whether the name of the connection with this primary key says too little."""
        return any(one.pk == key for group in self.of_name for one in group)

    def with_account_of(self, connection: Connection) -> list[Connection]:
        """Return the others that read its account."""
        groups = [group for group in self.of_account if connection in group]
        return [one for group in groups for one in group if one != connection]


def twins_of(connections: Iterable[Connection]) -> Twins:
    """Sandbox and production of one account have one name with good reason: they are no twins."""
    by_name: dict[tuple[object, ...], list[Connection]] = defaultdict(list)
    by_account: dict[tuple[object, ...], list[Connection]] = defaultdict(list)
    for one in connections:
        by_name[one.team_id, one.environment, one.name.casefold()].append(one)
        by_account[one.team_id, one.environment, one.account_id].append(one)
    return Twins(_several(by_name), _several(by_account))


def _several(groups: dict[tuple[object, ...], list[Connection]]) -> list[list[Connection]]:
    return [group for group in groups.values() if len(group) > 1]
