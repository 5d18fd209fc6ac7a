"""The simulated provider: what a test or the demo sets and asks, and what it answers."""

import time
from collections.abc import Callable
from random import Random
from threading import RLock, Thread
from typing import Any, Self

from xdportal.simulator.accounts import accounts
from xdportal.simulator.answers import UNKNOWN_PATH, Answer, Refusal, envelope
from xdportal.simulator.calls import Call
from xdportal.simulator.faults import QueuedFault
from xdportal.simulator.images import ENVIRONMENTS
from xdportal.simulator.lists import Lists, Repage, Reshape, Rows
from xdportal.simulator.packages import FIRST as FIRST_PACKAGES
from xdportal.simulator.personal import FIRST as FIRST_PERSONAL
from xdportal.simulator.server import Server
from xdportal.simulator.tokens import Tokens

MAX_CALLS = 20_000  # as many are noted


class Simulator:
    """The provider's API over loopback HTTP; use it as a context manager.

    The step grows by one each `move_every` seconds since `epoch` (Unix time), or since now.
    """

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
        packages: int = len(FIRST_PACKAGES),
        personal: int = len(FIRST_PERSONAL),
        epoch: float | None = None,
        revoke_old_tokens: bool = False,
        shuffle: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.accounts = {environment: accounts(seed, environment) for environment in ENVIRONMENTS}
        self.token_life = token_life
        self.move_every = move_every
        self.epoch = epoch
        self.revoke_old_tokens = revoke_old_tokens
        self.shuffle = shuffle
        self.calls: list[Call] = []
        self._lists = Lists(seed, images, packages, personal)
        self._tokens = Tokens(self.accounts, clock)
        self._faults: list[QueuedFault] = []
        self._order = Random(seed)  # noqa: S311
        self._lock = RLock()
        self._clock = clock
        self._born = clock()
        self._moved = start_step
        self._address = (host, port)
        self._server: Server | None = None
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
        """Start, or start again after a stop: on the same port, with the same tokens."""
        if self._thread is None:
            serve = self._listen().serve_forever
            self._thread = Thread(target=serve, args=(0.02,), name="simulator", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        server = self._server
        thread = self._thread
        self._server = None
        self._thread = None
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

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _listen(self) -> Server:
        if self._server is None:
            self._server = Server(self._address, self)
            self._address = (self._address[0], self._server.server_address[1])
        return self._server

    # What a test or the demo sets and asks

    @property
    def step(self) -> int:
        if not self.move_every:
            return self._moved
        return max(0, self._moved + int(self._elapsed() // self.move_every))

    def _elapsed(self) -> float:
        return self._clock() - self._born if self.epoch is None else time.time() - self.epoch

    @property
    def queued_faults(self) -> list[QueuedFault]:
        with self._lock:
            return list(self._faults)

    def move(self, steps: int = 1) -> None:
        with self._lock:
            self._moved = max(0, self._moved + int(steps))

    def set_items(self, environment: str, items: Rows | None, kind: str = "image") -> None:
        """List these items, valid or not; None returns to the simulated ones.

        `kind` is `image`, `packages-payg`, `packages-rental` or `personal`.
        """
        with self._lock:
            self._lists.give(environment, kind, items)

    def fault(self, name: str, times: int | None = 1, on: str = "image", **options: Any) -> None:
        """Spoil the next calls of a kind, or all until `clear_faults` if `times` is None.

        `on` is a list as in `set_items`, `package` (both lists of packages), `token` or `any`.
        What was queued first acts first.
        """
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
        """Note the call, and take the fault that awaits it."""
        with self._lock:
            self.calls.append(call)
            del self.calls[:-MAX_CALLS]
            fault = next((queued for queued in self._faults if call.fits(queued.on)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
            return fault

    def answer(self, call: Call, reshape: Reshape = list, repage: Repage = dict) -> Answer:
        try:
            with self._lock:
                data = self._data(call, reshape, repage)
        except Refusal as refusal:
            return refusal.answer
        return Answer(envelope(data))

    def _data(self, call: Call, reshape: Reshape, repage: Repage) -> object:
        if call.kind is None:
            raise Refusal(*UNKNOWN_PATH, status=404)
        if call.kind == "token":
            return self._tokens.mint(call, self.token_life, revoke_old=self.revoke_old_tokens)
        account_id = self._tokens.account_of(call)
        data = self._lists.data(call, account_id, self.step, reshape, repage)
        if self.shuffle and isinstance(data, list):
            self._order.shuffle(data)
        return data
