"""Starting, stopping, and the calls that are noted."""

import http.client
import json
import threading
import time

import pytest

from tests.simulator.calls import (
    IMAGES,
    PERSONAL,
    TOKEN,
    call,
    connect,
    eventually,
    handlers,
    images,
    token_of,
)
from xdportal.simulator import Simulator


def test_calls_are_noted(sim: Simulator) -> None:
    token = token_of(sim)
    call(sim.sandbox_url, f"{PERSONAL}?page=1", token)
    account = sim.accounts["production"][0]
    minted, listed = sim.calls
    assert minted[:3] == ("production", "POST", TOKEN)
    assert json.loads(minted.body) == {"uuid": account.account_id, "secret": account.secret}
    assert listed[:4] == ("sandbox", "GET", f"{PERSONAL}?page=1", b"")
    assert listed.headers["Finovy-Access-Token"] == token
    assert [sim.count(path) for path in (TOKEN, "/getList", IMAGES)] == [1, 1, 0]
    sim.clear_calls()
    assert sim.calls == []


def test_many_clients_at_once(sim: Simulator) -> None:
    token = token_of(sim)
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(images(sim, token).code)) for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (codes, sim.count(IMAGES)) == ([0] * 30, 30)


def test_a_connection_is_kept_and_quick(sim: Simulator) -> None:
    token, connection = token_of(sim), connect(sim.url)

    def twenty() -> float:
        began = time.monotonic()
        for _ in range(20):
            connection.request("GET", IMAGES, headers={"Finovy-Access-Token": token})
            assert len(json.loads(connection.getresponse().read())["data"]) == 40
        return time.monotonic() - began

    # The best of three: a delayed acknowledgement would cost 0.8 s each time, a busy machine once
    assert min(twenty() for _ in range(3)) < 0.5
    connection.close()


def test_it_stops_at_once_and_starts_again_on_its_port() -> None:
    sim = Simulator()
    sim.start()
    token, url, before = token_of(sim), sim.url, handlers()
    waiting = connect(url)
    sim.fault("hang", seconds=60)
    waiting.request("GET", IMAGES, headers={"Finovy-Access-Token": token})
    assert eventually(lambda: sim.count(IMAGES) == 1)
    began = time.monotonic()
    sim.stop()
    sim.stop()
    with pytest.raises((http.client.HTTPException, OSError)):
        waiting.getresponse()
    assert eventually(lambda: handlers() <= before)
    assert time.monotonic() - began < 1
    with pytest.raises(ConnectionError):
        images(sim, token)
    with sim:
        assert (sim.url, images(sim, token).code) == (url, 0)


def test_a_kept_connection_ends_with_the_simulator() -> None:
    sim = Simulator()
    sim.start()
    connection = connect(sim.url)
    connection.request("GET", "/simulator/")
    connection.getresponse().read()
    sim.stop()
    assert connection.sock.recv(1) == b""
    connection.close()


def test_serve_forever_ends_when_stopped() -> None:
    sim = Simulator()
    serving = threading.Thread(target=sim.serve_forever)
    serving.start()
    assert eventually(lambda: call(sim.url, "/simulator/").status == 200)
    sim.stop()
    serving.join(2)
    assert not serving.is_alive()
