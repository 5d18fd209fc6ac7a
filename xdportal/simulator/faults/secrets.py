"""Answers that repeat the request's secret."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from xdportal.simulator.answers import Answer, encode
from xdportal.simulator.faults.register import fault

if TYPE_CHECKING:
    from xdportal.simulator.server import Exchange


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "basic": lambda secret: base64.b64encode(b"account:" + secret.encode()).decode(),
    "url": lambda secret: quote(secret, safe=""),
    "hex": lambda secret: secret.encode().hex(),
}


@fault("echo_secret")
def _echo_secret(
    exchange: "Exchange", form: str = "plain", place: str = "msg", status: int = 200
) -> None:
    """Repeat the request's secret or token in `msg`, `trace_id`, `html` or an `item`."""
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
