"""Request bodies as JSON, and the escapes that the vendors' Markdown needs."""

import json
from collections.abc import Mapping

from xdportal.alerts.channels.base import Request

# DingTalk and WeCom have no escapes, so what would be markup becomes its full-width likeness.
LIKENESS = str.maketrans("[]<>*`#~", "［］＜＞＊｀＃～")


def lookalikes(text: str) -> str:
    return text.translate(LIKENESS)


def json_bytes(fields: object) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def json_request(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Request:
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Request(url, sent, body)
