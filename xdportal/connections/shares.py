"""No team and no account takes more than half of a worker's threads."""

from collections.abc import Iterator
from contextlib import contextmanager

from xdportal.connections.models import Connection
from xdportal.lib import threads


@contextmanager
def share_of(connection: Connection) -> Iterator[bool]:
    """Yield whether the connection's team and its account may have another thread."""
    team = ("team", connection.team_id)
    account = ("account", connection.environment, connection.account_id)
    with threads.shares.take(team, account, most=threads.half()) as taken:
        yield taken


@contextmanager
def share_of_channel(team_id: int | None, user_id: int | None) -> Iterator[bool]:
    """Yield whether the team, or the person whose channel it is, may have another thread."""
    owner = ("team", team_id) if team_id is not None else ("person", user_id)
    with threads.shares.take(owner, most=threads.half()) as taken:
        yield taken
