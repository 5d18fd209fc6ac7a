"""Answers that come slowly, broken, or without end."""

import gzip
import socket
import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from xdportal.simulator.answers import Answer, as_bytes
from xdportal.simulator.faults.register import fault

if TYPE_CHECKING:
    from xdportal.simulator.server import Exchange


@fault("drip")
def _drip(exchange: "Exchange", every: float = 0.05) -> None:
    """Send the ordinary answer, its body byte by byte."""
    answer = exchange.ordinary()
    exchange.send_head(answer)
    for byte in answer.body:
        exchange.wfile.write(bytes([byte]))
        exchange.wait(every)


@fault("drip_headers")
def _drip_headers(exchange: "Exchange", every: float = 0.05) -> None:
    """Send one endless header line, byte by byte: clients limit the number of lines."""
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while True:
        exchange.wfile.write(b".")
        exchange.wait(every)


@fault("hang")
def _hang(exchange: "Exchange", seconds: float = 60.0) -> None:
    """Send the ordinary answer, late."""
    exchange.wait(seconds)
    exchange.send(exchange.ordinary())


@fault("close")
def _close(exchange: "Exchange") -> None:
    exchange.close_connection = True


@fault("truncate")
def _truncate(exchange: "Exchange") -> None:
    """Send the headers of the ordinary answer, and half of its body."""
    answer = exchange.ordinary()
    exchange.close_connection = True
    exchange.send_head(answer)
    exchange.wfile.write(answer.body[: len(answer.body) // 2])


@fault("stale")
def _stale(exchange: "Exchange") -> None:
    """Send the ordinary answer on a connection that is closed at its next request."""
    exchange.send(exchange.ordinary())
    exchange.close_connection = True
    exchange.connection.recv(1, socket.MSG_PEEK)


@fault("reset")
def _reset(exchange: "Exchange") -> None:
    """Reset the TCP connection instead of answering."""
    exchange.close_connection = True
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()


@fault("raw")
def _raw(exchange: "Exchange", data: str | bytes) -> None:
    """Send these bytes instead of an HTTP answer, and close."""
    exchange.close_connection = True
    exchange.wfile.write(as_bytes(data))


@fault("endless_continue")
def _endless_continue(exchange: "Exchange") -> None:
    while True:
        exchange.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        exchange.wait(0.01)


@fault("big_body")
def _big_body(
    exchange: "Exchange", size: int | None = None, declared: bool = False, status: int = 200
) -> None:
    """Send so many spaces, or an endless number; `declared`: with their length in the header."""
    exchange.close_connection = True
    exchange.send_response(status)
    if declared and size is not None:
        exchange.send_header("Content-Length", str(size))
    exchange.end_headers()
    block = b" " * 2**20
    sent = 0
    while size is None or sent < size:
        exchange.wfile.write(block)
        sent += len(block)


@fault("gzip_bomb")
def _gzip_bomb(exchange: "Exchange", size: int = 200_000_000, layers: int = 1) -> None:
    """Send so many spaces as gzip. Two layers are a few kilobytes."""
    body = _spaces(size)
    for _ in range(layers - 1):
        body = gzip.compress(body)
    exchange.send(Answer(body, headers={"Content-Encoding": ", ".join(["gzip"] * layers)}))


@lru_cache(maxsize=2)
def _spaces(size: int) -> bytes:
    """Return gzip of that many spaces."""
    block = b" " * 2**20
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(block[:left]) for left in range(size, 0, -len(block))]
    return b"".join(packed) + packer.flush()
