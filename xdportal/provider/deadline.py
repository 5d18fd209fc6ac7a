"""One deadline for a whole check, kept also against a peer that drips.

A socket's own timeout bounds a single read, so a body or a header line that comes byte by byte would go on for ever.
Here a timer shuts the connections down when the time is over, whatever they wait for. Only looking up a name has
limits of its own: those of the system's resolver.
"""

import contextlib
import os
import socket
import threading
import time
from types import TracebackType
from typing import Self


class Deadline:
    """`with Deadline(30) as deadline:`; `remaining()` is never below a millisecond, so that it can be a timeout."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self.expired = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for duplicate in self._watched:
                duplicate.close()
            self._watched.clear()

    def remaining(self) -> float:
        return max(self._until - time.monotonic(), 0.001)

    def leaves(self, seconds: float) -> bool:
        """Whether a wait of so many seconds would end before the deadline."""
        return not self.expired and self._until - time.monotonic() > seconds

    def connect(self, host: str, port: int) -> socket.socket:
        """A watched connection to the first of the host's addresses that answers; all share the time that is left."""
        failure = OSError("no address")
        for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                connection = socket.create_connection((str(address[0]), port), timeout=self.remaining())
            except OSError as error:
                failure = error
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.watch(connection)
            return connection
        raise failure

    def watch(self, connection: socket.socket) -> None:
        """Shuts the connection down at the deadline. A duplicate is kept: TLS takes the socket itself away."""
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._watched.append(duplicate)
            expired = self.expired
        if expired:
            _shut(duplicate)

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for duplicate in self._watched:
                _shut(duplicate)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the peer was quicker: closed already
        connection.shutdown(socket.SHUT_RDWR)
