"""Calls of the simulator, as a client makes them."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from xdportal.simulator import Account, Simulator

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
