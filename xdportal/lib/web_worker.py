"""gunicorn's worker with threads, which no slow client can occupy.

gunicorn gives a new connection a thread at once, and the thread reads for as long as the client
takes. Here requests arrive without a thread, which gets them whole. Only a large body is read by
its thread, in limited time. Behind a proxy that waits for slow clients none of this is ever needed.
"""

import errno
import re
import socket
import struct
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

ARRIVE_SECONDS = 10  # for a request to arrive without a thread
READ_SECONDS = 20  # for a large one, read by its thread
PAUSE_SECONDS = 5  # between two pieces of that
WRITE_SECONDS = 30  # between two pieces of the answer
LARGE = 512 * 1024
PIECE = 64 * 1024
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"^content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)
PASSING = frozenset({errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK})


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.received = bytearray()  # of a request that is still arriving
        self.request: Any = None  # whose head its thread has read
        self.read_until = 0.0

    def receive(self) -> bool:
        """Take what has arrived; return whether that is for a thread: whole, large or ended."""
        try:
            piece = self.sock.recv(PIECE)
        except BlockingIOError:
            return False
        except OSError:
            return True
        self.received += piece
        return not piece or len(self.received) >= LARGE or is_whole(self.received)

    def hand_over(self) -> None:
        """Let gunicorn's parser begin with what has arrived."""
        self.init()
        self.parser.unreader.unread(bytes(self.received))
        self.received.clear()
        self.data_ready = True

    @property
    def is_incomplete(self) -> bool:
        """Whether its thread is still reading."""
        if self.request is None:
            return True
        reader = self.request.body.reader
        is_chunked = getattr(reader, "parser", None) is not None
        return is_chunked or getattr(reader, "length", 0) > 0


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading: set[Connection] = set()

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in PASSING:
                raise
            return
        _limit(client)
        self.nr_conns += 1
        self._await(Connection(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """Let the next request of a kept connection arrive like the first."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await(conn)

    def on_pending_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        if conn.receive():
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            conn.hand_over()
            self.enqueue_req(conn)

    def handle(self, conn: Connection) -> Any:
        conn.request = None
        conn.read_until = time.monotonic() + READ_SECONDS
        self._reading.add(conn)
        try:
            return super().handle(conn)
        finally:
            self._reading.discard(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        conn.request = req
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Also stop reading from clients that take too long; runs once a second."""
        super().murder_pending()
        now = time.monotonic()
        for connection in self._reading.copy():
            if now > connection.read_until and connection.is_incomplete:
                _stop_reading(connection.sock)

    def _cap_keepalive(self, deadline: float) -> None:
        """Let a stopping process wait no longer for requests that are still arriving."""
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, deadline)

    def _await(self, connection: Connection) -> None:
        connection.timeout = time.monotonic() + ARRIVE_SECONDS
        self.pending_conns.append(connection)
        arriving = partial(self.on_pending_socket_readable, connection)
        self.poller.register(connection.sock, EVENT_READ, arriving)


def is_whole(received: bytes | bytearray) -> bool:
    """Whether a request has arrived: its head, and a body of the length that the head names."""
    head, end, body = bytes(received).partition(HEAD_END)
    if not end:
        return False
    length = LENGTH.search(head.replace(b"\r\n", b"\n"))
    return length is None or len(body) >= int(length[1])


def _limit(client: socket.socket) -> None:
    """Limit waiting in the kernel: gunicorn resets Python's own timeouts."""
    limits = {socket.SO_RCVTIMEO: PAUSE_SECONDS, socket.SO_SNDTIMEO: WRITE_SECONDS}
    for option, seconds in limits.items():
        client.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))


def _stop_reading(client: socket.socket) -> None:
    """End the request's body; an answer can still be sent."""
    try:
        client.shutdown(socket.SHUT_RD)
    except OSError:
        return  # the client has gone
