"""The provider's API over loopback HTTP, with accounts, a catalog that moves, and faults on demand."""

import base64
import hashlib
import inspect
import json
import re
import secrets
import socket
import socketserver
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Event, RLock, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs

from xdportal.simulator.answers import JSON, Answer, encode, envelope
from xdportal.simulator.faults import FAULTS
from xdportal.simulator.world import ENVIRONMENTS, World, packages, personal_images

ACCESS_HEADER = "Finovy-Access-Token"
CONTROL = "/simulator/"
KEPT_CALLS = 20_000
ROUTES = {
    "token": ("POST", re.compile(r"/v1/auth/getToken")),
    "image": ("GET", re.compile(r"/v1/pve/open/image")),
    "package": ("GET", re.compile(r"/v1/pve/open/packAge/[01]")),
    "personal": ("GET", re.compile(r"/v1/open/image/personal/getList")),
}
UNAUTHENTICATED = (401, "身份认证失败")
INCOMPLETE = (1007, "请求缺少必要参数")
PEEK = socket.MSG_PEEK | socket.MSG_DONTWAIT

Reshape = Callable[[list[Any]], list[Any]]


@dataclass(frozen=True)
class Account:
    account_id: str
    secret: str = field(repr=False)


def accounts(seed: int, environment: str) -> tuple[Account, ...]:
    return tuple(_account(f"{seed}/{environment}/{number}") for number in range(4))


def _account(text: str) -> Account:
    digest = hashlib.sha256(text.encode()).digest()
    number = int.from_bytes(digest[24:]) % 10**8
    return Account(f"A{number:08}", base64.urlsafe_b64encode(digest[:24]).decode())


class Call(NamedTuple):
    """The path is without the environment's prefix, with the query."""

    environment: str
    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def plain_path(self) -> str:
        return self.path.partition("?")[0]

    @property
    def kind(self) -> str | None:
        for kind, (method, path) in ROUTES.items():
            if self.method == method and path.fullmatch(self.plain_path):
                return kind
        return None

    @property
    def token(self) -> str:
        return next(
            (
                value
                for name, value in self.headers.items()
                if name.lower() == ACCESS_HEADER.lower()
            ),
            "",
        )

    def field(self, name: str) -> str:
        """A text of the JSON body; empty if it is missing or no text."""
        with suppress(ValueError):
            fields = json.loads(self.body)
            value = fields.get(name) if isinstance(fields, dict) else None
            return value if isinstance(value, str) else ""
        return ""


class Refusal(Exception):
    """An answer with a code that is not 0."""

    def __init__(self, code: int, msg: str, status: int = 200) -> None:
        super().__init__(msg)
        self.answer = Answer(envelope(None, code, msg), status)


@dataclass
class QueuedFault:
    name: str
    times: int | None
    on: str
    options: dict[str, Any]

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"unknown fault: {self.name}")
        if self.on not in (*ROUTES, "any"):
            raise ValueError(f"unknown kind of call: {self.on}")
        if self.times is not None and (not isinstance(self.times, int) or self.times < 1):
            raise ValueError("times is a whole number from 1 on, or null for ever")
        inspect.signature(FAULTS[self.name]).bind(None, **self.options)


@dataclass(frozen=True)
class Grant:
    environment: str
    account_id: str
    expires: float


class Simulator:
    def __init__(
        self,
        seed: int = 1,
        images: int = 40,
        port: int = 0,
        token_life: float = 1800.0,
        move_every: float | None = None,
        start_step: int = 0,
        host: str = "127.0.0.1",
        *,
        epoch: float | None = None,
        revoke_old_tokens: bool = False,
        shuffle: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The step grows by one each `move_every` seconds since `epoch` (Unix time), or since now without an epoch."""
        self.accounts = {environment: accounts(seed, environment) for environment in ENVIRONMENTS}
        self.token_life, self.move_every, self.epoch = token_life, move_every, epoch
        self.revoke_old_tokens, self.shuffle = revoke_old_tokens, shuffle
        self.calls: list[Call] = []
        self._worlds = {
            environment: World(seed, images, environment) for environment in ENVIRONMENTS
        }
        self._items: dict[str, list[Any]] = {}
        self._grants: dict[str, Grant] = {}
        self._faults: list[QueuedFault] = []
        self._order = Random(seed)  # noqa: S311
        self._lock = RLock()
        self._clock, self._born, self._moved = clock, clock(), start_step
        self._address = (host, port)
        self._server: _Server | None = None
        self._thread: Thread | None = None
        self._listen()

    # Life

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self._address)

    @property
    def production_url(self) -> str:
        return f"{self.url}/production"

    @property
    def sandbox_url(self) -> str:
        return f"{self.url}/sandbox"

    def start(self) -> None:
        """Also after a stop: on the same port, with the same tokens."""
        if self._thread is None:
            self._thread = Thread(
                target=self._listen().serve_forever, args=(0.02,), name="simulator", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        server, self._server = self._server, None
        thread, self._thread = self._thread, None
        if server is None:
            return
        server.stopping.set()
        if thread is not None:
            server.shutdown()
            thread.join()
        server.server_close()
        server.hang_up()

    def serve_forever(self) -> None:
        self.start()
        server = self._listen()
        try:
            server.stopping.wait()
        finally:
            self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    def _listen(self) -> "_Server":
        if self._server is None:
            self._server = _Server(self._address, self)
            self._address = (self._address[0], self._server.server_address[1])
        return self._server

    # What a test or the demo sets and asks

    @property
    def step(self) -> int:
        if not self.move_every:
            return self._moved
        elapsed = self._clock() - self._born if self.epoch is None else time.time() - self.epoch
        return max(0, self._moved + int(elapsed // self.move_every))

    def move(self, steps: int = 1) -> None:
        with self._lock:
            self._moved = max(0, self._moved + int(steps))

    def set_items(self, environment: str, items: list[Any] | None) -> None:
        """Lists these, whatever they are, in place of the world's; None gives the world back."""
        with self._lock:
            self._items.pop(environment, None)
            if items is not None:
                self._items[environment] = items

    def fault(self, name: str, times: int | None = 1, on: str = "image", **options: Any) -> None:
        """Spoils the next calls of that kind (None: all until `clear_faults`); what was queued first acts first."""
        queued = QueuedFault(name, times, on, options)
        with self._lock:
            self._faults.append(queued)

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    def count(self, path_suffix: str) -> int:
        with self._lock:
            return sum(call.plain_path.endswith(path_suffix) for call in self.calls)

    def clear_calls(self) -> None:
        with self._lock:
            self.calls.clear()

    # Answers

    def record(self, call: Call) -> QueuedFault | None:
        """Notes the call and takes the fault that awaits it."""
        with self._lock:
            self.calls.append(call)
            del self.calls[:-KEPT_CALLS]
            found = next((fault for fault in self._faults if fault.on in ("any", call.kind)), None)
            if found is not None and found.times is not None:
                found.times -= 1
                if found.times == 0:
                    self._faults.remove(found)
            return found

    def answer(self, call: Call, reshape: Reshape = list) -> Answer:
        try:
            return Answer(envelope(self._data(call, reshape)))
        except Refusal as refusal:
            return refusal.answer

    def _data(self, call: Call, reshape: Reshape) -> object:
        if call.kind is None:
            raise Refusal(404, "接口不存在", 404)
        if call.kind == "token":
            return self._mint(call)
        account_id = self._authenticate(call)
        if call.kind == "image":
            return self._list(call.environment, reshape)
        if call.kind == "package":
            return packages(call.environment, call.plain_path[-1])
        return _page(personal_images(account_id), call)

    def _mint(self, call: Call) -> dict[str, object]:
        account = Account(call.field("uuid"), call.field("secret"))
        if not (account.account_id and account.secret):
            raise Refusal(*INCOMPLETE)
        if account not in self.accounts[call.environment]:
            raise Refusal(*UNAUTHENTICATED)
        token, now = secrets.token_urlsafe(16), self._clock()
        with self._lock:
            self._grants = {
                old: grant
                for old, grant in self._grants.items()
                if self._stays(grant, call, account, now)
            }
            self._grants[token] = Grant(call.environment, account.account_id, now + self.token_life)
        return {"token": token, "effectiveTime": int(self.token_life * 1000)}

    def _stays(self, grant: Grant, call: Call, account: Account, now: float) -> bool:
        mine = (grant.environment, grant.account_id) == (call.environment, account.account_id)
        return grant.expires > now and not (mine and self.revoke_old_tokens)

    def _authenticate(self, call: Call) -> str:
        with self._lock:
            grant = self._grants.get(call.token)
        if grant is None or grant.environment != call.environment or grant.expires <= self._clock():
            raise Refusal(*UNAUTHENTICATED)
        return grant.account_id

    def _list(self, environment: str, reshape: Reshape) -> list[Any]:
        with self._lock:
            given = self._items.get(environment)
            items = reshape(self._worlds[environment].items(self.step) if given is None else given)
            if self.shuffle:
                self._order.shuffle(items)
            return items

    # Control, for a person at the demo

    def control(self, method: str, path: str, body: bytes) -> Answer:
        try:
            self._obey(method, path.removeprefix(CONTROL), body)
        except LookupError:
            return Answer(encode({"error": "no such command"}), 404)
        except (TypeError, ValueError) as error:
            return Answer(encode({"error": str(error)}), 400)
        return Answer(encode(self._report()))

    def _obey(self, method: str, command: str, body: bytes) -> None:
        options: dict[str, Any] = json.loads(body or b"{}")
        match method, command:
            case "GET", "":
                return
            case "POST", "fault":
                self.fault(**options)
            case "POST", "clear":
                self.clear_faults()
            case "POST", "move":
                self.move(**options)
            case _:
                raise LookupError(command)

    def _report(self) -> dict[str, object]:
        with self._lock:
            queued = [
                {"name": fault.name, "times": fault.times, "on": fault.on} for fault in self._faults
            ]
        ids = {
            environment: [account.account_id for account in known]
            for environment, known in self.accounts.items()
        }
        return {"step": self.step, "accounts": ids, "queued": queued, "faults": list(FAULTS)}


def _page(rows: Sequence[object], call: Call) -> dict[str, object]:
    query = parse_qs(call.path.partition("?")[2])
    number, size = (
        query.get(name, [default])[-1] for name, default in (("page", "1"), ("pageSize", "20"))
    )
    if not (number.isdecimal() and size.isdecimal() and int(number) and int(size)):
        raise Refusal(*INCOMPLETE)
    start = (int(number) - 1) * int(size)
    return {"data": rows[start : start + int(size)], "totalCounts": len(rows)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        super().__init__(address, Exchange)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(
            self
        )  # HTTPServer's own asks the name service, which may be slow

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
    """One client's connection; sending and waiting raise OSError once the client has gone or the simulator stops."""

    server: _Server
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
            self.send(self.server.simulator.control(self.command, self.path, body))
        else:
            environment, path = _split(self.path)
            self.call = Call(environment, self.command, path, body, dict(self.headers))
            self._answer()

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _answer(self) -> None:
        fault = self.server.simulator.record(self.call)
        if fault is None:
            self.send(self.ordinary())
        else:
            FAULTS[fault.name](self, **fault.options)

    def ordinary(self, reshape: Reshape = list) -> Answer:
        return self.server.simulator.answer(self.call, reshape)

    def send(self, answer: Answer) -> None:
        self.send_head(answer)
        self.wfile.write(answer.body)

    def send_head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in (
            {"Content-Type": JSON, "Content-Length": str(len(answer.body))} | answer.headers
        ).items():
            self.send_header(name, value)
        self.end_headers()

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.server.stopping.wait(min(left, 0.05)) or self._client_gone():
                raise ConnectionAbortedError

    def _client_gone(self) -> bool:
        try:
            return not self.connection.recv(1, PEEK)
        except BlockingIOError:
            return False

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def _split(target: str) -> tuple[str, str]:
    for environment in ENVIRONMENTS:
        if target.startswith(f"/{environment}/"):
            return environment, target.removeprefix(f"/{environment}")
    return "production", target
