"""One thread keeps all deadlines of a process."""

import gc
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.servers import wait_for
from xdportal.lib.deadline import Deadline, Watcher


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


class Noted(Deadline):
    """Notes when it was told that its time is over."""

    def __init__(self, seconds: float, calls: list[float]) -> None:
        super().__init__(seconds)
        self.calls = calls
        self.seconds = seconds

    def expire(self) -> None:
        self.calls.append(self.seconds)


def threads_of_deadlines() -> int:
    return sum(thread.name == "deadlines" for thread in threading.enumerate())


def test_at_its_time_the_connection_is_shut(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    with Deadline(0.05) as deadline:
        deadline.watch(ours)
        assert theirs.recv(1) == b""
        assert (deadline.expired, deadline.leaves(0)) == (True, False)


def test_a_connection_that_comes_later_is_shut_at_once(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    with Deadline(0.01) as deadline:
        wait_for(lambda: deadline.expired, 5, "the deadline")
        deadline.watch(ours)
        assert theirs.recv(1) == b""


def test_restarted_it_has_its_whole_time_again(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    with Deadline(0.05) as deadline:
        deadline.watch(ours)
        deadline.restart(30)
        time.sleep(0.1)
        assert not deadline.expired
        deadline.restart(0.01)
        assert theirs.recv(1) == b""


def test_after_its_end_nothing_is_shut(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    with Deadline(0.05) as deadline:
        deadline.watch(ours)
    time.sleep(0.1)
    ours.send(b"x")

    assert (theirs.recv(1), deadline.expired) == (b"x", False)


def test_many_deadlines_take_one_thread() -> None:
    with Deadline(30):
        before = threads_of_deadlines()
        with Deadline(20), Deadline(40):
            assert threads_of_deadlines() == before


def test_the_earliest_is_told_first_whenever_it_came() -> None:
    calls: list[float] = []
    watcher = Watcher()
    made = [Noted(seconds, calls) for seconds in (0.2, 0.05, 0.1)]
    now = time.monotonic()
    for deadline in made:
        watcher.add(now + deadline.seconds, deadline)
    wait_for(lambda: len(calls) == 3, 5, "all of them")

    assert calls == [0.05, 0.1, 0.2]


def test_one_that_is_gone_is_not_kept_alive() -> None:
    calls: list[float] = []
    watcher = Watcher()
    watcher.add(time.monotonic() + 0.02, Noted(1, calls))
    gc.collect()
    last = Noted(2, calls)
    watcher.add(time.monotonic() + 0.04, last)
    wait_for(lambda: bool(calls), 5, "the last")

    assert calls == [2]
