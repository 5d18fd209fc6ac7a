import gzip
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from xdportal.simulator import ENVIRONMENTS, FAULTS, Account, Simulator, World, accounts

TOKEN = "/v1/auth/getToken"
IMAGES = "/v1/pve/open/image"
PERSONAL = "/v1/open/image/personal/getList"


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> int:
        return int(self.json["code"])


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def connect(base: str) -> http.client.HTTPConnection:
    parts = urlsplit(base)
    assert parts.hostname is not None
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)


def call(base: str, path: str, token: str | None = None, body: object = None) -> Reply:
    connection = connect(base)
    headers = {} if token is None else {"Finovy-Access-Token": token}
    payload = (
        body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    )
    try:
        connection.request(
            "GET" if payload is None else "POST", urlsplit(base).path + path, payload, headers
        )
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def mint(base: str, account: Account) -> Reply:
    return call(base, TOKEN, body={"uuid": account.account_id, "secret": account.secret})


def token_of(sim: Simulator, environment: str = "production", number: int = 0) -> str:
    return str(
        mint(f"{sim.url}/{environment}", sim.accounts[environment][number]).json["data"]["token"]
    )


def images(sim: Simulator, token: str) -> Reply:
    return call(sim.production_url, IMAGES, token)


def raw_call(sim: Simulator, token: str) -> socket.socket:
    parts = urlsplit(sim.url)
    raw = socket.create_connection((parts.hostname, parts.port), timeout=5)
    raw.sendall(
        f"GET {IMAGES} HTTP/1.1\r\nHost: simulator\r\nFinovy-Access-Token: {token}\r\n\r\n".encode()
    )
    return raw


def ordered(items: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(items, key=lambda item: item["imageId"])


def handlers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "process_request_thread" in thread.name}


def eventually(holds: Callable[[], bool], seconds: float = 2.0) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


# Accounts and tokens


def test_accounts_can_be_computed_without_a_simulator(sim: Simulator) -> None:
    assert sim.accounts == {environment: accounts(1, environment) for environment in ENVIRONMENTS}


def test_accounts_look_like_the_providers() -> None:
    known = accounts(1, "production") + accounts(1, "sandbox") + accounts(2, "production")
    assert (
        len({account.account_id for account in known})
        == len({account.secret for account in known})
        == 12
    )
    for account in known:
        assert re.fullmatch(r"A\d{8}", account.account_id)
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", account.secret)
        assert account.secret not in repr(account)


def test_a_token_is_minted(sim: Simulator) -> None:
    reply = mint(sim.production_url, sim.accounts["production"][0])
    data = reply.json["data"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", data["token"])
    assert data == {"token": data["token"], "effectiveTime": 1_800_000}
    assert reply.json | {"data": None, "traceId": ""} == {
        "code": 0,
        "success": True,
        "msg": "success",
        "data": None,
        "traceId": "",
    }
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"uuid": "A00000000", "secret": "x" * 32}, 401),
        ({"uuid": "A00000000"}, 1007),
        ({"secret": "x"}, 1007),
        ({"uuid": "", "secret": "x"}, 1007),
        ({"uuid": 1, "secret": "x"}, 1007),
        ([], 1007),
        (b"no json", 1007),
        (b"\xff", 1007),
    ],
)
def test_a_bad_request_mints_nothing(sim: Simulator, body: object, code: int) -> None:
    reply = call(sim.production_url, TOKEN, body=body)
    assert (reply.status, reply.code, reply.json["success"], reply.json["data"]) == (
        200,
        code,
        False,
        None,
    )


def test_a_wrong_secret_is_refused(sim: Simulator) -> None:
    first, second, *_ = sim.accounts["production"]
    reply = mint(sim.production_url, Account(first.account_id, second.secret))
    assert (reply.code, reply.json["msg"]) == (401, "身份认证失败")


def test_an_account_belongs_to_one_environment(sim: Simulator) -> None:
    assert mint(sim.sandbox_url, sim.accounts["production"][0]).code == 401
    assert mint(sim.sandbox_url, sim.accounts["sandbox"][0]).code == 0


@pytest.mark.parametrize("path", [IMAGES, "/v1/pve/open/packAge/0", PERSONAL])
def test_every_list_needs_a_token_of_its_environment(sim: Simulator, path: str) -> None:
    token = token_of(sim)
    assert call(sim.production_url, path, token).code == 0
    for base, other in (
        (sim.production_url, None),
        (sim.production_url, "unknown"),
        (sim.sandbox_url, token),
    ):
        reply = call(base, path, other)
        assert (reply.status, reply.code, reply.json["msg"]) == (200, 401, "身份认证失败")


def test_a_token_expires() -> None:
    clock = Clock()
    with Simulator(token_life=60, clock=clock) as sim:
        token = token_of(sim)
        clock.now += 59.9
        assert images(sim, token).code == 0
        clock.now += 0.1
        assert images(sim, token).code == 401


@pytest.mark.parametrize(("revoke", "code"), [(False, 0), (True, 401)])
def test_a_new_token_may_end_the_old_one(revoke: bool, code: int) -> None:
    with Simulator(revoke_old_tokens=revoke) as sim:
        old, neighbour, new = token_of(sim), token_of(sim, number=1), token_of(sim)
        assert [images(sim, token).code for token in (old, neighbour, new)] == [code, 0, 0]


# Lists


def test_the_image_list_is_the_worlds(sim: Simulator) -> None:
    reply = images(sim, token_of(sim))
    assert ordered(reply.json["data"]) == ordered(World(1, 40).items(0))
    sandbox = call(sim.sandbox_url, IMAGES, token_of(sim, "sandbox"))
    assert ordered(sandbox.json["data"]) == ordered(World(1, 40, "sandbox").items(0))


def test_without_prefix_it_is_production(sim: Simulator) -> None:
    reply = call(sim.url, IMAGES, token_of(sim))
    assert ordered(reply.json["data"]) == ordered(World(1, 40).items(0))


def test_order_and_trace_id_differ_from_answer_to_answer(sim: Simulator) -> None:
    token = token_of(sim)
    first, second = images(sim, token).json, images(sim, token).json
    assert first["data"] != second["data"]
    assert first["traceId"] != second["traceId"]
    assert re.fullmatch(r"[0-9a-f]{32}", first["traceId"])


def test_order_can_be_kept() -> None:
    with Simulator(shuffle=False) as sim:
        assert images(sim, token_of(sim)).json["data"] == World(1, 40).items(0)


def test_packages(sim: Simulator) -> None:
    token = token_of(sim)
    by_hour, rental = (
        call(sim.production_url, f"/v1/pve/open/packAge/{use}", token).json["data"] for use in "01"
    )
    assert {row["type"] for row in by_hour} == {row["type"] for row in rental} == {"BL", "ceph"}
    assert call(sim.production_url, "/v1/pve/open/packAge/2", token).status == 404


def test_personal_images_come_in_pages(sim: Simulator) -> None:
    token = token_of(sim)
    every = call(sim.production_url, PERSONAL, token).json["data"]
    pages = [
        call(sim.production_url, f"{PERSONAL}?page={page}&pageSize=2", token).json["data"]
        for page in (1, 2, 3, 4)
    ]
    assert [row for page in pages for row in page["data"]] == every["data"]
    assert {page["totalCounts"] for page in pages} == {every["totalCounts"]} == {len(every["data"])}
    assert call(sim.production_url, f"{PERSONAL}?page=0", token).code == 1007


def test_an_unknown_path_is_not_found(sim: Simulator) -> None:
    for reply in (
        call(sim.url, "/v1/elsewhere"),
        call(sim.url, IMAGES, body={}),
        call(sim.sandbox_url, "/"),
    ):
        assert (reply.status, reply.code, reply.json["success"]) == (404, 404, False)


@pytest.mark.parametrize(
    "items", [[], [{"imageId": 4005}], [None, "x", 1.5, {"imageId": "\ud800", "名": []}]]
)
def test_any_list_can_be_set(items: list[Any]) -> None:
    with Simulator(shuffle=False) as sim:
        token = token_of(sim)
        sim.set_items("production", items)
        assert images(sim, token).json["data"] == items
        sim.set_items("production", None)
        assert images(sim, token).json["data"] == World(1, 40).items(0)


# Steps


def test_the_list_moves(sim: Simulator) -> None:
    token = token_of(sim)
    for moves, step in ((1, 1), (4, 5), (-2, 3), (-9, 0)):
        sim.move(moves)
        assert sim.step == step
        assert ordered(images(sim, token).json["data"]) == ordered(World(1, 40).items(step))


def test_the_list_moves_with_time() -> None:
    clock = Clock()
    sim = Simulator(move_every=10, start_step=3, clock=clock)
    steps = []
    for seconds in (0, 9, 1, 25):
        clock.now += seconds
        steps.append(sim.step)
    sim.move()
    assert [*steps, sim.step] == [3, 3, 4, 6, 7]
    sim.stop()


def test_the_list_moves_since_an_epoch() -> None:
    for ago, step in ((1000.5, 100), (-1000.0, 0)):
        sim = Simulator(move_every=10, epoch=time.time() - ago)
        assert sim.step == step
        sim.stop()


# Calls


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
    began = time.monotonic()
    for _ in range(20):
        connection.request("GET", IMAGES, headers={"Finovy-Access-Token": token})
        assert len(json.loads(connection.getresponse().read())["data"]) == 40
    assert time.monotonic() - began < 0.5
    connection.close()


# Life


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


# Faults


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
    assert list(FAULTS) == [
        *(
            "code",
            "status",
            "redirect",
            "garbage",
            "body",
            "empty_body",
            "drip",
            "drip_headers",
            "hang",
            "close",
        ),
        *("truncate", "stale", "reset", "raw", "endless_continue", "big_body", "gzip_bomb"),
        *("retry_after", "empty_list", "shrink", "duplicate", "echo_secret"),
    ]


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


# Control


def test_control(sim: Simulator) -> None:
    call(
        sim.url,
        "/simulator/fault",
        body={"name": "code", "times": None, "on": "any", "code": 1001, "msg": "hidden"},
    )
    reply = call(sim.url, "/simulator/move", body={"steps": 3})
    assert reply.json == {
        "step": 3,
        "accounts": {
            name: [account.account_id for account in known] for name, known in sim.accounts.items()
        },
        "queued": [{"name": "code", "times": None, "on": "any"}],
        "faults": list(FAULTS),
    }
    assert call(sim.url, "/simulator/").json == reply.json
    assert images(sim, "").code == 1001
    assert call(sim.url, "/simulator/clear", body={}).json["queued"] == []
    assert [noted.path for noted in sim.calls] == [IMAGES]


def test_control_never_tells_a_secret(sim: Simulator) -> None:
    token = token_of(sim)
    shown = call(sim.url, "/simulator/").body.decode()
    assert token not in shown
    for known in sim.accounts.values():
        assert [account for account in known if account.secret in shown] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("fault", {"name": "no such fault"}, 400),
        ("fault", {"name": "code", "surprise": 1}, 400),
        ("fault", {}, 400),
        ("fault", [], 400),
        ("fault", b"no json", 400),
        ("move", {"steps": "far"}, 400),
        ("elsewhere", {}, 404),
    ],
)
def test_control_refuses_nonsense(sim: Simulator, path: str, body: object, status: int) -> None:
    reply = call(sim.url, f"/simulator/{path}", body=body)
    assert (reply.status, list(reply.json)) == (status, ["error"])
    assert call(sim.url, "/simulator/").json["queued"] == []
