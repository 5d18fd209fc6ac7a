"""No team and no account takes more than half of a worker's threads."""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from django.conf import settings

from xdportal.connections.models import Connection


class Shares:
    """Counts what runs in this process; each worker gives out its own threads."""

    def __init__(self) -> None:
        self._running: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def take(self, *keys: Hashable, most: int) -> Iterator[bool]:
        """Count one more for each key while the block runs; yield False if a key has `most`
        already.
        """
        taken = self._add(keys, most)
        try:
            yield taken
        finally:
            if taken:
                self._remove(keys)

    def _add(self, keys: tuple[Hashable, ...], most: int) -> bool:
        with self._lock:
            if any(self._running[key] >= most for key in keys):
                return False
            self._running.update(keys)
            return True

    def _remove(self, keys: tuple[Hashable, ...]) -> None:
        with self._lock:
            self._running.subtract(keys)
            for key in keys:
                if not self._running[key]:
                    del self._running[key]


shares = Shares()


@contextmanager
def share_of(connection: Connection) -> Iterator[bool]:
    """Yield whether the connection's team and its account may have another thread."""
    most = max(settings.WORKER_THREADS // 2, 1)
    team = ("team", connection.team_id)
    account = ("account", connection.environment, connection.account_id)
    with shares.take(team, account, most=most) as taken:
        yield taken
