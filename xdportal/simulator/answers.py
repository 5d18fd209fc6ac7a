"""What the simulator sends: an answer's bytes, and the provider's envelope around data."""

import json
import secrets
from dataclasses import dataclass, field

JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


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
