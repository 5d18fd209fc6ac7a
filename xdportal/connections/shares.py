"""No team and no account takes more than half of a worker's threads."""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from xdportal.connections.models import Connection
from xdportal.lib import threads

Keys = tuple[tuple[Hashable, ...], ...]


@contextmanager
def share_of(connection: Connection) -> Iterator[bool]:
    """Yield whether the connection's team and its account may have another thread."""
    with threads.shares.take(*_keys(connection), most=threads.half()) as taken:
        yield taken


@contextmanager
def share_of_check(connection: Connection) -> Iterator[bool]:
    """As `share_of`, for whoever looks for what was put off when the block has ended."""
    keys = _keys(connection)
    with threads.shares.take(*keys, *_of_checks(keys), most=threads.half()) as taken:
        yield taken


class PutOff:
    """Connections whose message came while their team or account had its share.

    They are in this worker's memory alone: the database still says that they are due.
    """

    def __init__(self) -> None:
        self._keys: dict[int, Keys] = {}
        self._lock = threading.Lock()

    def add(self, connection: Connection) -> bool:
        """Return whether a check of the team or the account runs here, which will look for it."""
        keys = _keys(connection)
        with self._lock:
            self._keys[connection.pk] = keys
        return any(map(threads.shares.count, _of_checks(keys)))

    def take(self, connection: Connection) -> int | None:
        """Return the key of one of the same team or account, and forget it."""
        wanted = set(_keys(connection))
        with self._lock:
            found = next(
                (key for key in self._keys if not wanted.isdisjoint(self._keys[key])), None
            )
            if found is not None:
                del self._keys[found]
        return found

    def forget(self, connection: Connection) -> None:
        with self._lock:
            self._keys.pop(connection.pk, None)


put_off = PutOff()


def _keys(connection: Connection) -> Keys:
    return (
        ("team", connection.team_id),
        ("account", connection.environment, connection.account_id),
    )


def _of_checks(keys: Keys) -> Keys:
    return tuple(("check", *key) for key in keys)


@contextmanager
def share_of_channel(team_id: int | None, user_id: int | None) -> Iterator[bool]:
    """Yield whether the team, or the person whose channel it is, may have another thread."""
    owner = ("team", team_id) if team_id is not None else ("person", user_id)
    with threads.shares.take(owner, most=threads.half()) as taken:
        yield taken
