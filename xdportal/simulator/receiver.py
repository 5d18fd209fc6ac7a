"""A receiver of notifications on loopback: it plays the vendors' robots and a webhook's owner.

Set NOTIFY_ROBOT_URL to its address. Its page shows what arrived and what it answered. Run it with
`python -m xdportal.simulator.receiver --port 8970`.
"""

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import NamedTuple, Self

from xdportal.simulator import robots
from xdportal.simulator.inbox_page import page
from xdportal.simulator.robots import Answer, Call, Robot

MOST_ARRIVALS = 1000
LONGEST_BODY = 2**20
# The demo registers its channels with the same keys and secrets.
DEMO_ROBOTS = (
    Robot("dingtalk", "demodingtalk", "SECdemo0000", "xdportal"),
    Robot("feishu", "demo-feishu", "demo-feishu-secret"),
    Robot("wecom", "demo-wecom"),
    Robot("slack", "demoslack"),
    Robot("teams", "demo-teams"),
    Robot("webhook", "demo", "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tMTI="),
)


class Arrival(NamedTuple):
    """One request and what was answered; `kind` is empty if it was for no robot."""

    kind: str
    call: Call
    answer: Answer

    @property
    def is_accepted(self) -> bool:
        return self.answer.is_success


class Receiver:
    """Use it as a context manager; `arrivals` has everything that came, refused or not."""

    def __init__(self, registered: Iterable[Robot] = (), *, port: int = 0) -> None:
        self.arrivals: list[Arrival] = []
        self._robots: dict[tuple[str, str], Robot] = {}
        self._planned: dict[str, list[Answer]] = {}
        self._lock = Lock()
        self._wanted_port = port
        for robot in registered:
            self.register(robot)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(_Handler):
            def received(self, call: Call) -> Answer:
                return receiver._answer(call)

            def page(self) -> bytes:
                return receiver._page(self.headers.get("Accept-Language", ""))

            def listing(self) -> bytes:
                return receiver._listing()

        self._server = ThreadingHTTPServer(("127.0.0.1", self._wanted_port), Handler)
        self._server.daemon_threads = True
        self._wanted_port = self._server.server_port  # the same one after a pause
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._wanted_port}"

    def register(self, robot: Robot) -> str:
        """Make a robot known; return the URL to enter in the portal."""
        self._robots[robot.kind, robot.key] = robot
        is_own = robot.kind == "webhook"
        return f"{self.url}{robot.url}" if is_own else robot.url

    def plan(self, kind: str, answer: Answer, times: int = 1) -> None:
        """Give this answer to the next requests of this kind, without looking at them."""
        self._planned.setdefault(kind, []).extend([answer] * times)

    def accepted(self, kind: str) -> list[Arrival]:
        arrivals = [arrival for arrival in self.arrivals if arrival.kind == kind]
        return [arrival for arrival in arrivals if arrival.is_accepted]

    def _answer(self, call: Call) -> Answer:
        with self._lock:
            kind, key = robots.kind_and_key(call.path)
            answer = self._answer_of(kind, key, call)
            self.arrivals.append(Arrival(kind, call, answer))
            del self.arrivals[:-MOST_ARRIVALS]
        return answer

    def _answer_of(self, kind: str, key: str, call: Call) -> Answer:
        if not kind:
            return Answer(404, b"not found")
        if self._planned.get(kind):
            return self._planned[kind].pop(0)
        return robots.answer(kind, self._robots.get((kind, key)), call)

    def _page(self, languages: str) -> bytes:
        rows = [
            (arrival.kind, arrival.call.at, arrival.call.body, arrival.answer, arrival.is_accepted)
            for arrival in reversed(self.arrivals)
        ]
        return page(rows, is_chinese=languages.lower().startswith("zh")).encode()

    def _listing(self) -> bytes:
        rows = [
            {
                "kind": arrival.kind,
                "at": arrival.call.at,
                "id": arrival.call.header("webhook-id"),
                "accepted": arrival.is_accepted,
                "body": arrival.call.fields,
            }
            for arrival in self.arrivals
        ]
        return json.dumps(rows, ensure_ascii=False).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def received(self, call: Call) -> Answer:
        raise NotImplementedError

    def page(self) -> bytes:
        raise NotImplementedError

    def listing(self) -> bytes:
        raise NotImplementedError

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length", 0)), LONGEST_BODY)
        body = self.rfile.read(length)
        ip = self.client_address[0]
        call = Call(self.path, dict(self.headers), body, ip, time.time())
        answer = self.received(call)
        self._send(answer.status, answer.body, answer.headers)

    def do_GET(self) -> None:
        if self.path == "/":
            self._send(200, self.page(), {"Content-Type": "text/html; charset=utf-8"})
        elif self.path == "/arrivals.json":
            self._send(200, self.listing(), {"Content-Type": "application/json"})
        else:
            self._send(404, b"not found", {})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the sender has been killed
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing: what arrives is on the page."""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Receive notifications and show them.")
    parser.add_argument("--port", type=int, default=8970)
    options = parser.parse_args(arguments)
    with Receiver(DEMO_ROBOTS, port=options.port) as receiver:
        sys.stderr.write(f"What arrives is shown at {receiver.url}/\n")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1:])
