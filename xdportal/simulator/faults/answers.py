"""Answers that are whole, but not the list."""

from typing import TYPE_CHECKING

from xdportal.simulator.answers import JSON, Answer, as_bytes, envelope
from xdportal.simulator.faults.register import fault

if TYPE_CHECKING:
    from xdportal.simulator.server import Exchange


@fault("code")
def _code(exchange: "Exchange", code: int = 500, msg: str = "系统异常", status: int = 200) -> None:
    exchange.send(Answer(envelope(None, code, msg), status))


@fault("status")
def _status(
    exchange: "Exchange",
    status: int = 503,
    body: str | bytes = b"",
    headers: dict[str, str] | None = None,
) -> None:
    exchange.send(Answer(as_bytes(body), status, headers or {}))


@fault("redirect")
def _redirect(exchange: "Exchange", location: str, status: int = 302) -> None:
    exchange.send(Answer(b"", status, {"Location": location}))


@fault("garbage")
def _garbage(exchange: "Exchange") -> None:
    page = "<!DOCTYPE html><html><body><h1>系统维护中</h1></body></html>"
    exchange.send(Answer(page.encode(), headers={"Content-Type": "text/html; charset=UTF-8"}))


@fault("body")
def _body(
    exchange: "Exchange",
    body: str | bytes,
    content_type: str = JSON,
    encoding: str | None = None,
    headers: dict[str, str] | None = None,
) -> None:
    encoded = {} if encoding is None else {"Content-Encoding": encoding}
    exchange.send(
        Answer(as_bytes(body), headers={"Content-Type": content_type} | encoded | (headers or {}))
    )


@fault("empty_body")
def _empty_body(exchange: "Exchange") -> None:
    exchange.send(Answer())


@fault("retry_after")
def _retry_after(exchange: "Exchange", value: int | str = 60) -> None:
    exchange.send(Answer(envelope(None, 429, "请求过于频繁"), 429, {"Retry-After": str(value)}))
