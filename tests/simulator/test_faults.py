"""Faults on demand."""

import gzip
import http.client
import time
from typing import Any

import pytest

from tests.simulator.calls import (
    IMAGES,
    PERSONAL,
    call,
    connect,
    eventually,
    handlers,
    images,
    mint,
    ordered,
    raw_call,
    token_of,
)
from xdportal.simulator import FAULTS, Simulator, World


def test_a_fault_lasts_as_long_as_asked(sim: Simulator) -> None:
    token = token_of(sim)
    sim.fault("code", times=2, code=1005)
    sim.fault("code", times=None, code=1001)
    assert [images(sim, token).code for _ in range(4)] == [1005, 1005, 1001, 1001]
    sim.clear_faults()
    assert images(sim, token).code == 0


def test_a_fault_strikes_its_kind_of_call(sim: Simulator) -> None:
    token = token_of(sim)
    sim.fault("code", on="token", code=1)
    sim.fault("code", on="personal", code=2)
    sim.fault("code", on="image", code=3)
    assert images(sim, token).code == 3
    assert mint(sim.sandbox_url, sim.accounts["sandbox"][0]).code == 1
    assert call(sim.url, PERSONAL, token).code == 2
    sim.fault("code", on="any", code=4, times=2)
    assert [
        call(sim.url, path, token).code for path in ("/v1/pve/open/packAge/1", "/else", IMAGES)
    ] == [4, 4, 0]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("no such fault", {}),
        ("code", {"times": 0}),
        ("code", {"on": "host"}),
        ("code", {"surprise": 1}),
        ("redirect", {}),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    sim: Simulator, name: str, options: dict[str, Any]
) -> None:
    with pytest.raises((TypeError, ValueError), match=r"unknown|times|unexpected|missing"):
        sim.fault(name, **options)


def test_every_named_fault_is_there() -> None:
    assert set(FAULTS) == {
        *("code", "status", "redirect", "garbage", "body", "empty_body", "retry_after"),
        *("drip", "drip_headers", "hang", "close", "truncate", "stale", "reset", "raw"),
        *("endless_continue", "big_body", "gzip_bomb"),
        *("empty_list", "shrink", "duplicate", "echo_secret"),
        *("short_page", "empty_page", "repeated_page"),
        *("lying_total", "moving_total", "endless_pages"),
    }


def test_code(sim: Simulator) -> None:
    sim.fault("code", code=503, msg="接口异常", status=500)
    reply = images(sim, "")
    assert (reply.status, reply.code, reply.json["msg"], reply.json["success"]) == (
        500,
        503,
        "接口异常",
        False,
    )


def test_status(sim: Simulator) -> None:
    sim.fault(
        "status",
        status=502,
        body=b"bad gateway",
        headers={"Content-Type": "text/plain", "X-Odd": "1"},
    )
    reply = images(sim, "")
    assert (reply.status, reply.body, reply.headers["X-Odd"]) == (502, b"bad gateway", "1")
    assert reply.headers.get_all("Content-Type") == ["text/plain"]


@pytest.mark.parametrize("status", [302, 307])
def test_redirect(sim: Simulator, status: int) -> None:
    sim.fault("redirect", status=status, location="http://127.0.0.1:9/elsewhere")
    reply = images(sim, "")
    assert (reply.status, reply.headers["Location"]) == (status, "http://127.0.0.1:9/elsewhere")


def test_garbage(sim: Simulator) -> None:
    sim.fault("garbage")
    reply = images(sim, "")
    assert (reply.status, reply.headers.get_content_type(), reply.body[:15]) == (
        200,
        "text/html",
        b"<!DOCTYPE html>",
    )


def test_body(sim: Simulator) -> None:
    sim.fault(
        "body", body=b"\x00\xff", content_type="text/plain", encoding="gzip", headers={"X-Odd": "1"}
    )
    reply = images(sim, "")
    named = [reply.headers[name] for name in ("Content-Type", "Content-Encoding", "X-Odd")]
    assert (reply.body, named) == (b"\x00\xff", ["text/plain", "gzip", "1"])


def test_empty_body(sim: Simulator) -> None:
    sim.fault("empty_body")
    reply = images(sim, "")
    assert (reply.status, reply.body, reply.headers["Content-Length"]) == (200, b"", "0")


def test_drip(sim: Simulator) -> None:
    token, connection = token_of(sim), connect(sim.url)
    sim.fault("drip", every=0.02)
    connection.request("GET", IMAGES, headers={"Finovy-Access-Token": token})
    response = connection.getresponse()
    began = time.monotonic()
    assert response.read(8) == b'{"code":'
    assert time.monotonic() - began > 0.1
    response.close()
    connection.close()


def test_drip_headers(sim: Simulator) -> None:
    sim.fault("drip_headers", every=0.01)
    with raw_call(sim, "") as raw, raw.makefile("rb") as answer:
        assert answer.read(50) == b"HTTP/1.1 200 OK\r\nX-Drip: " + b"." * 25


def test_hang(sim: Simulator) -> None:
    token = token_of(sim)
    sim.fault("hang", seconds=0.2)
    began = time.monotonic()
    assert images(sim, token).code == 0
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("name", "options"),
    [("hang", {}), ("drip", {"every": 60}), ("drip_headers", {"every": 60}), ("drip_headers", {})],
)
def test_a_fault_ends_when_the_client_goes_away(
    sim: Simulator, name: str, options: dict[str, Any]
) -> None:
    token, before = token_of(sim), handlers()
    sim.fault(name, **options)
    with raw_call(sim, token):
        assert eventually(lambda: sim.count(IMAGES) == 1)
        assert handlers() - before
    assert eventually(lambda: handlers() <= before, 1)


def test_close(sim: Simulator) -> None:
    sim.fault("close")
    with pytest.raises(http.client.RemoteDisconnected):
        images(sim, "")


def test_truncate(sim: Simulator) -> None:
    token = token_of(sim)
    sim.fault("truncate")
    with pytest.raises(http.client.IncompleteRead) as caught:
        images(sim, token)
    assert len(caught.value.partial) > 0


def test_gzip_bomb(sim: Simulator) -> None:
    sim.fault("gzip_bomb", size=3_000_000)
    reply = images(sim, "")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.body) < 10_000
    assert gzip.decompress(reply.body) == b" " * 3_000_000


def test_retry_after(sim: Simulator) -> None:
    sim.fault("retry_after", value=120)
    reply = images(sim, "")
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (429, 429, "120")


def test_empty_list(sim: Simulator) -> None:
    token = token_of(sim)
    sim.fault("empty_list", times=2)
    assert images(sim, token).json["data"] == []
    assert images(sim, "unknown").code == 401


def test_shrink_keeps_the_same_part(sim: Simulator) -> None:
    token = token_of(sim)
    sim.fault("shrink", times=2, keep=0.25)
    first, second = (ordered(images(sim, token).json["data"]) for _ in range(2))
    assert (len(first), first) == (10, second)


def test_duplicate(sim: Simulator) -> None:
    token = token_of(sim)
    sim.fault("duplicate")
    assert ordered(images(sim, token).json["data"]) == ordered(World(1, 40).items(0) * 2)


def test_echo_secret(sim: Simulator) -> None:
    account = sim.accounts["production"][0]
    sim.fault("echo_secret", on="any", times=2)
    minted, listed = mint(sim.url, account), images(sim, "a-token")
    assert [minted.code, listed.code] == [500, 500]
    assert [minted.json["msg"], listed.json["msg"]] == [
        f"系统异常: {account.secret}",
        "系统异常: a-token",
    ]
