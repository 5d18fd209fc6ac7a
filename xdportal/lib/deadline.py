"""One deadline for a whole conversation, kept even against a peer that sends one byte at a time.

A socket's own timeout bounds a single read, so a body or a header that arrives byte by byte would
never end. Here one thread of the process shuts the connections down when the time is over: starting
a thread for each deadline takes as long as reading a small answer. The system's resolver can't be
interrupted, so a name is looked up in a thread of its own, left behind if it is slow.
"""

import contextlib
import heapq
import ipaddress
import itertools
import os
import socket
import threading
import time
import weakref
from types import TracebackType
from typing import Self


class Watcher:
    """Calls `expire` of each deadline at its time, in one thread.

    It sleeps until the earliest of them. A later one only joins the heap: no thread is woken.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._times: list[tuple[float, int, weakref.ref[Deadline]]] = []
        self._number = itertools.count()  # deadlines of one moment are never compared
        self._thread: threading.Thread | None = None

    def add(self, until: float, deadline: "Deadline") -> None:
        """Call it at that moment, if it still exists."""
        entry = (until, next(self._number), weakref.ref(deadline))
        with self._changed:
            heapq.heappush(self._times, entry)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._times[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            deadline = self._next()()
            if deadline is not None:
                deadline.expire()

    def _next(self) -> "weakref.ref[Deadline]":
        with self._changed:
            while not self._times or (wait := self._times[0][0] - time.monotonic()) > 0:
                self._changed.wait(wait if self._times else None)
            return heapq.heappop(self._times)[-1]


watcher = Watcher()


class Deadline:
    """`remaining()` is never below a millisecond, so it can be used as a timeout."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._until = time.monotonic() + seconds
        self._is_open = False
        self.expired = False

    def __enter__(self) -> Self:
        self._is_open = True
        watcher.add(self._until, self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._is_open = False
            for duplicate in self._watched:
                duplicate.close()
            self._watched.clear()

    def restart(self, seconds: float) -> None:
        """Give the conversation this much time from now; connections that are open stay open."""
        with self._lock:
            self._until = time.monotonic() + seconds
            self.expired = False
        watcher.add(self._until, self)

    def expire(self) -> None:
        """Shut everything down, unless it is over or was restarted."""
        with self._lock:
            if not self._is_open or time.monotonic() < self._until:
                return
            self.expired = True
            for duplicate in self._watched:
                _shut(duplicate)

    def remaining(self) -> float:
        return max(self._until - time.monotonic(), 0.001)

    def leaves(self, seconds: float) -> bool:
        """Return whether a wait of this length would end before the deadline."""
        return not self.expired and self._until - time.monotonic() > seconds

    def resolve(self, host: str, port: int) -> list[str]:
        """Return the host's addresses; raise TimeoutError when the deadline comes first."""
        if _is_ip(host):
            return [host]
        lookup = _Lookup(host, port)
        lookup.start()
        lookup.join(self.remaining())
        if lookup.is_alive():
            raise TimeoutError
        if lookup.error is not None:
            raise lookup.error
        return lookup.ips

    def connect(self, ips: list[str], port: int) -> socket.socket:
        """Return a watched connection to the first address that answers.

        All of them share the time left.
        """
        failure = OSError("no address")
        for ip in ips:
            try:
                connection = socket.create_connection((ip, port), timeout=self.remaining())
            except OSError as error:
                failure = error
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.watch(connection)
            return connection
        raise failure

    def watch(self, connection: socket.socket) -> None:
        """Shut the connection down at the deadline."""
        # TLS takes the socket object over, so a duplicate is kept.
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._watched.append(duplicate)
            expired = self.expired
        if expired:
            _shut(duplicate)


class _Lookup(threading.Thread):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(daemon=True)
        self.host = host
        self.port = port
        self.ips: list[str] = []
        self.error: OSError | UnicodeError | None = None

    def run(self) -> None:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self.error = error
            return
        self.ips = [str(address[0]) for *_, address in found]


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the peer has closed it already
        connection.shutdown(socket.SHUT_RDWR)
