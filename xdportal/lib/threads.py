"""Who may take how many of a worker's threads, so that whoever hangs holds up nobody else."""

import sys
import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from django.conf import settings


class Shares:
    """Counts what runs in this process; each worker gives out its own threads."""

    def __init__(self) -> None:
        self._running: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def take(self, *keys: Hashable, most: int) -> Iterator[bool]:
        """Count one more for each key while the block runs.

        Yield False, and count nothing, if a key has `most` already.
        """
        taken = self._add(keys, most)
        try:
            yield taken
        finally:
            if taken:
                self._remove(keys)

    def count(self, key: Hashable) -> int:
        """Return how many run for a key."""
        with self._lock:
            return self._running[key]

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
TASK = "task"
ends = threading.Event()  # set when the worker was told to stop


def half() -> int:
    """Return how many of this worker's threads one team, one account or all mails may have."""
    return max(settings.WORKER_THREADS // 2, 1)


@contextmanager
def in_use() -> Iterator[None]:
    """Count a thread of this worker as occupied while the block runs."""
    with shares.take(TASK, most=sys.maxsize):
        yield


def is_one_idle() -> bool:
    """Return whether this worker goes on, and has a thread left for any message that comes.

    As long as that is so, no message waits for whoever keeps a thread.
    """
    return not ends.is_set() and shares.count(TASK) < settings.WORKER_THREADS
