"""What the simulator sends: an answer's bytes, and the provider's envelope around data."""

import json
import secrets
from dataclasses import dataclass, field

JSON = "application/json; charset=UTF-8"
UNAUTHENTICATED = (401, "身份认证失败")
INCOMPLETE = (1007, "请求缺少必要参数")
UNKNOWN_PATH = (404, "接口不存在")


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer with a code that is not 0."""

    def __init__(self, code: int, msg: str, status: int = 200) -> None:
        super().__init__(msg)
        self.answer = Answer(envelope(None, code, msg), status)


def envelope(data: object = None, code: int = 0, msg: str = "success") -> bytes:
    trace_id = secrets.token_hex(16)
    return encode(
        {"code": code, "success": code == 0, "msg": msg, "data": data, "traceId": trace_id}
    )


def encode(value: object) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a lone surrogate travels as an escape only
        return json.dumps(value, separators=(",", ":")).encode()


def as_bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
