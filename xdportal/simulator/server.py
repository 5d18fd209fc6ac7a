"""The simulator's HTTP server: one thread a connection, and hooks for faults to break it."""

import socket
import socketserver
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import TYPE_CHECKING, Any

from xdportal.simulator.answers import JSON, Answer
from xdportal.simulator.calls import Call, split_target
from xdportal.simulator.control import CONTROL, control
from xdportal.simulator.faults import FAULTS
from xdportal.simulator.lists import Repage, Reshape

if TYPE_CHECKING:
    from xdportal.simulator.simulator import Simulator

PEEK = socket.MSG_PEEK | socket.MSG_DONTWAIT


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: "Simulator") -> None:
        self.simulator = simulator
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        super().__init__(address, Exchange)

    def server_bind(self) -> None:
        # HTTPServer's own asks the name service, which may be slow.
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Exchange(BaseHTTPRequestHandler):
    """One client's connection.

    Sending and waiting raise OSError once the client has gone or the simulator stops.
    """

    server: Server
    call: Call
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        if self.path.startswith(CONTROL):
            self.send(control(self.server.simulator, self.command, self.path, body))
        else:
            environment, path = split_target(self.path)
            self.call = Call(environment, self.command, path, body, dict(self.headers))
            self._answer()

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _answer(self) -> None:
        fault = self.server.simulator.record(self.call)
        if fault is None:
            self.send(self.ordinary())
        else:
            FAULTS[fault.name](self, **fault.options)

    def ordinary(
        self, reshape: Reshape = list, repage: Repage = dict, page: int | None = None
    ) -> Answer:
        """Return the answer without a fault: reshaped, or to a call of another page."""
        call = self.call if page is None else self.call.with_page(page)
        return self.server.simulator.answer(call, reshape, repage)

    def send(self, answer: Answer) -> None:
        self.send_head(answer)
        self.wfile.write(answer.body)

    def send_head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Type": JSON, "Content-Length": str(len(answer.body))} | answer.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            left = max(until - time.monotonic(), 0)
            if self.server.stopping.wait(min(left, 0.05)) or self._client_gone():
                raise ConnectionAbortedError

    def _client_gone(self) -> bool:
        try:
            return not self.connection.recv(1, PEEK)
        except BlockingIOError:
            return False

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: tests read `Simulator.calls`."""
