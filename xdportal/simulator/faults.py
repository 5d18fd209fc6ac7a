"""The simulator's faults: one function each, whose keyword arguments are the options of `Simulator.fault`."""

import base64
import gzip
import socket
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from xdportal.simulator.answers import JSON, Answer, encode, envelope

if TYPE_CHECKING:
    from xdportal.simulator.server import Exchange

Fault = Callable[..., None]
FAULTS: dict[str, Fault] = {}


def _fault(name: str) -> Callable[[Fault], Fault]:
    def enter(handler: Fault) -> Fault:
        FAULTS[name] = handler
        return handler

    return enter


@_fault("code")
def _code(exchange: "Exchange", code: int = 500, msg: str = "系统异常", status: int = 200) -> None:
    exchange.send(Answer(envelope(None, code, msg), status))


@_fault("status")
def _status(
    exchange: "Exchange",
    status: int = 503,
    body: str | bytes = b"",
    headers: dict[str, str] | None = None,
) -> None:
    exchange.send(Answer(_bytes(body), status, headers or {}))


@_fault("redirect")
def _redirect(exchange: "Exchange", location: str, status: int = 302) -> None:
    exchange.send(Answer(b"", status, {"Location": location}))


@_fault("garbage")
def _garbage(exchange: "Exchange") -> None:
    page = "<!DOCTYPE html><html><body><h1>系统维护中</h1></body></html>"
    exchange.send(Answer(page.encode(), headers={"Content-Type": "text/html; charset=UTF-8"}))


@_fault("body")
def _body(
    exchange: "Exchange",
    body: str | bytes,
    content_type: str = JSON,
    encoding: str | None = None,
    headers: dict[str, str] | None = None,
) -> None:
    encoded = {} if encoding is None else {"Content-Encoding": encoding}
    exchange.send(
        Answer(_bytes(body), headers={"Content-Type": content_type} | encoded | (headers or {}))
    )


@_fault("empty_body")
def _empty_body(exchange: "Exchange") -> None:
    exchange.send(Answer())


@_fault("drip")
def _drip(exchange: "Exchange", every: float = 0.05) -> None:
    """The ordinary answer, whose body comes byte by byte."""
    answer = exchange.ordinary()
    exchange.send_head(answer)
    for byte in answer.body:
        exchange.wfile.write(bytes([byte]))
        exchange.wait(every)


@_fault("drip_headers")
def _drip_headers(exchange: "Exchange", every: float = 0.05) -> None:
    """One endless header line, byte by byte: many lines would end at the client's limit of lines."""
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while True:
        exchange.wfile.write(b".")
        exchange.wait(every)


@_fault("hang")
def _hang(exchange: "Exchange", seconds: float = 60.0) -> None:
    """The ordinary answer, late."""
    exchange.wait(seconds)
    exchange.send(exchange.ordinary())


@_fault("close")
def _close(exchange: "Exchange") -> None:
    exchange.close_connection = True


@_fault("truncate")
def _truncate(exchange: "Exchange") -> None:
    """The headers of the ordinary answer, and half of its body."""
    answer = exchange.ordinary()
    exchange.close_connection = True
    exchange.send_head(answer)
    exchange.wfile.write(answer.body[: len(answer.body) // 2])


@_fault("stale")
def _stale(exchange: "Exchange") -> None:
    """The ordinary answer; the connection seems to stay open, and is closed by the next request on it."""
    exchange.send(exchange.ordinary())
    exchange.close_connection = True
    exchange.connection.recv(1, socket.MSG_PEEK)


@_fault("reset")
def _reset(exchange: "Exchange") -> None:
    """A reset of TCP in place of an answer."""
    exchange.close_connection = True
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()


@_fault("raw")
def _raw(exchange: "Exchange", data: str | bytes) -> None:
    """These bytes in place of an answer of HTTP, and the end."""
    exchange.close_connection = True
    exchange.wfile.write(_bytes(data))


@_fault("endless_continue")
def _endless_continue(exchange: "Exchange") -> None:
    while True:
        exchange.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        exchange.wait(0.01)


@_fault("big_body")
def _big_body(
    exchange: "Exchange", size: int | None = None, declared: bool = False, status: int = 200
) -> None:
    """So many spaces, without end if none are named; `declared`: with their length in the header."""
    exchange.close_connection = True
    exchange.send_response(status)
    if declared and size is not None:
        exchange.send_header("Content-Length", str(size))
    exchange.end_headers()
    block, sent = b" " * 2**20, 0
    while size is None or sent < size:
        exchange.wfile.write(block)
        sent += len(block)


@_fault("gzip_bomb")
def _gzip_bomb(exchange: "Exchange", size: int = 200_000_000, layers: int = 1) -> None:
    """Two layers of gzip bring the same down to a few kilobytes."""
    body = _spaces(size)
    for _ in range(layers - 1):
        body = gzip.compress(body)
    exchange.send(Answer(body, headers={"Content-Encoding": ", ".join(["gzip"] * layers)}))


@_fault("retry_after")
def _retry_after(exchange: "Exchange", value: int | str = 60) -> None:
    exchange.send(Answer(envelope(None, 429, "请求过于频繁"), 429, {"Retry-After": str(value)}))


@_fault("empty_list")
def _empty_list(exchange: "Exchange") -> None:
    exchange.send(exchange.ordinary(lambda items: []))


@_fault("shrink")
def _shrink(exchange: "Exchange", keep: float = 0.5) -> None:
    """The same part of the list each time."""
    exchange.send(exchange.ordinary(lambda items: items[: int(len(items) * keep)]))


@_fault("duplicate")
def _duplicate(exchange: "Exchange") -> None:
    exchange.send(exchange.ordinary(lambda items: items * 2))


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "basic": lambda secret: base64.b64encode(b"account:" + secret.encode()).decode(),
    "url": lambda secret: quote(secret, safe=""),
    "hex": lambda secret: secret.encode().hex(),
}


@_fault("echo_secret")
def _echo_secret(
    exchange: "Exchange", form: str = "plain", place: str = "msg", status: int = 200
) -> None:
    """The secret (or the token) of the request comes back: in `msg`, `trace_id`, a page of `html`, or an `item`."""
    secret = FORMS[form](exchange.call.field("secret") or exchange.call.token)
    if place == "html":
        page = f"<html><body><h1>{status}</h1><pre>{secret}</pre></body></html>"
        exchange.send(
            Answer(page.encode(), status, {"Content-Type": "text/html", "X-Echo": secret})
        )
    elif place == "item":
        item = {
            "imageId": "echo",
            "type": "BL",
            "systemImageName": secret,
            "systemImageVersion": "1",
        }
        exchange.send(exchange.ordinary(lambda items: [*items, item]))
    else:
        answer = {"code": 500, "success": False, "msg": "系统异常", "traceId": "t", "data": None}
        name = {"msg": "msg", "trace_id": "traceId"}[place]
        exchange.send(Answer(encode({**answer, name: f"{answer[name]}: {secret}"}), status))


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


@lru_cache(maxsize=2)
def _spaces(size: int) -> bytes:
    """Gzip of that many spaces."""
    block, packer = b" " * 2**20, zlib.compressobj(wbits=31)
    packed = [packer.compress(block[:left]) for left in range(size, 0, -len(block))]
    return b"".join(packed) + packer.flush()
