"""One place a person among all processes of this machine."""

import fcntl
import os
from functools import cached_property
from pathlib import Path


class PersonLocks:
    """Each person is a byte of a file that stays empty.

    The kernel frees the locks of a process that dies. A process doesn't hinder itself: its threads
    have to count for themselves.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _file(self) -> int:
        """Return the file, open for as long as the process lives: closing it would free all."""
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, person: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, person)
        except (BlockingIOError, PermissionError):  # POSIX allows both
            return False
        return True

    def give_back(self, person: int) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, person)
