"""What the vendors' robots check, and how they refuse: mostly with HTTP 200.

Written from the vendors' documentation, apart from the portal's own senders.
"""

import base64
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

HOUR = 3600
WEBHOOK_TOLERANCE = 300


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}

    @property
    def is_success(self) -> bool:
        """Return whether the vendor means "accepted"."""
        if not 200 <= self.status < 300:
            return False
        try:
            fields = json.loads(self.body or b"{}")
        except ValueError:
            return self.body == b"ok"
        return int(fields.get("errcode", fields.get("code", 0))) == 0


class Call(NamedTuple):
    """`path` begins with the vendor's host, as NOTIFY_ROBOT_URL has it."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    client_ip: str
    at: float

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def fields(self) -> dict[str, Any]:
        try:
            fields = json.loads(self.body)
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


@dataclass
class Robot:
    """One robot as its vendor knows it. `is_limited` turns the vendor's rate on."""

    kind: str
    key: str
    secret: str = ""
    keyword: str = ""
    previous_secret: str = ""
    allowed_ips: frozenset[str] = frozenset()
    is_limited: bool = True
    accepted_at: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return the URL that the vendor shows to whoever sets the robot up."""
        return URLS[self.kind].format(key=self.key)

    def is_too_fast(self, now: float) -> bool:
        if not self.is_limited:
            return False
        for messages, seconds in RATES[self.kind]:
            recent = [at for at in self.accepted_at if now - at < seconds]
            if len(recent) >= messages:
                return True
        return False

    def refuses_ip(self, call: Call) -> bool:
        return bool(self.allowed_ips) and call.client_ip not in self.allowed_ips


URLS = {
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token={key}",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/{key}",
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}",
    "slack": "https://hooks.slack.com/services/T0000000/B0000000/{key}",
    "teams": "https://prod-01.westus.logic.azure.com/workflows/demo/triggers/manual?sig={key}",
    "webhook": "/webhook/{key}",
}
RATES: dict[str, list[tuple[int, int]]] = {
    "dingtalk": [(20, 60)],
    "feishu": [(100, 60), (5, 1)],
    "wecom": [(20, 60)],
    "slack": [(1, 1)],
    "teams": [(4, 1)],
    "webhook": [],
}
KEYS = [
    ("dingtalk", re.compile(r"/oapi\.dingtalk\.com/robot/send\?access_token=(\w+)(?:&.*)?")),
    ("feishu", re.compile(r"/open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/([\w-]+)")),
    ("wecom", re.compile(r"/qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([\w-]+)")),
    ("slack", re.compile(r"/hooks\.slack\.com/services/\w+/\w+/(\w+)")),
    ("teams", re.compile(r"/[\w.-]+\.(?:logic\.azure|api\.powerplatform)\.com/.*sig=([\w-]+).*")),
    ("webhook", re.compile(r"/webhook/([\w-]+)")),
]


def kind_and_key(path: str) -> tuple[str, str]:
    """Return the robot's kind and key; empty texts if the path is none of a robot."""
    for kind, pattern in KEYS:
        match = pattern.fullmatch(path)
        if match:
            return kind, match[1]
    return "", ""


def answer(kind: str, robot: Robot | None, call: Call) -> Answer:
    """Return what the vendor of this kind answers; `robot` is None if it doesn't exist."""
    answered = ANSWERS[kind](robot, call)
    if robot is not None and answered.is_success:
        robot.accepted_at.append(call.at)
    return answered


def dingtalk(robot: Robot | None, call: Call) -> Answer:
    if robot is None:
        return _errcode(300005, "token is not exist")
    if len(call.body) > 20_000:
        return _errcode(460101, "message too long, exceed 20000 bytes")
    markdown = call.fields.get("markdown", {})
    if call.fields.get("msgtype") != "markdown" or not markdown.get("title"):
        return _errcode(40035, "缺少参数 json")
    if robot.secret and not _is_recent(call.query.get("timestamp", ""), call.at, 1000):
        return _errcode(310000, "invalid timestamp, more: [https://open.dingtalk.com]")
    if robot.secret and call.query.get("sign") != dingtalk_sign(robot.secret, call):
        return _errcode(310000, "sign not match, more: [https://open.dingtalk.com]")
    if robot.refuses_ip(call):
        return _errcode(310000, f"ip {call.client_ip} not in whitelist")
    if robot.keyword not in markdown.get("text", ""):
        return _errcode(310000, "keywords not in content, more: [https://open.dingtalk.com]")
    if robot.is_too_fast(call.at):
        return _errcode(130101, "send too fast, exceed 20 times per minute")
    return _errcode(0, "ok")


def dingtalk_sign(secret: str, call: Call) -> str:
    signed = f"{call.query['timestamp']}\n{secret}"
    return _base64_hmac(secret.encode(), signed.encode())


def feishu(robot: Robot | None, call: Call) -> Answer:
    if robot is None:
        return _code(19001, "param invalid: incoming webhook access token invalid")
    if len(call.body) > 20_000:
        return _code(230025, "The length of the message content reaches its limit.")
    if call.fields.get("msg_type") != "interactive":
        return _code(19002, "params error, msg_type need")
    if robot.secret and not _is_feishu_signed(robot.secret, call):
        reason = "sign match fail or timestamp is not within one hour from current time"
        return _code(19021, reason)
    if robot.refuses_ip(call):
        return _code(19022, "Ip Not Allowed")
    if robot.keyword not in json.dumps(call.fields.get("card"), ensure_ascii=False):
        return _code(19024, "Key Words Not Found")
    if robot.is_too_fast(call.at):
        return _code(11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]")
    return _code(0, "success")


def _is_feishu_signed(secret: str, call: Call) -> bool:
    timestamp = str(call.fields.get("timestamp", ""))
    if not _is_recent(timestamp, call.at, 1):
        return False
    key = f"{timestamp}\n{secret}"
    return bool(call.fields.get("sign") == _base64_hmac(key.encode(), b""))


def wecom(robot: Robot | None, call: Call) -> Answer:
    if robot is None:
        return _errcode(93000, "invalid webhook url, hint: [1764150000_1_0000]")
    content = call.fields.get("markdown", {}).get("content", "")
    if call.fields.get("msgtype") != "markdown" or not content:
        return _errcode(40008, "invalid message type")
    if len(content.encode()) > 4096:
        return _errcode(40058, "markdown.content exceed max length 4096")
    if robot.is_too_fast(call.at):
        return _errcode(45009, "api freq out of limit")
    return _errcode(0, "ok")


def slack(robot: Robot | None, call: Call) -> Answer:
    if robot is None:
        return Answer(404, b"no_service")
    if not call.fields.get("text"):
        return Answer(400, b"no_text")
    if not all(_is_slack_block(block) for block in call.fields.get("blocks", [])):
        return Answer(400, b"invalid_blocks")
    if robot.is_too_fast(call.at):
        return Answer(429, b"rate_limited", {"Retry-After": "1"})
    return Answer(200, b"ok")


def _is_slack_block(block: dict[str, Any]) -> bool:
    text = block.get("text", {}).get("text", "")
    longest = {"header": 150, "section": 3000}.get(block.get("type", ""), 0)
    return 0 < len(text) <= longest


def teams(robot: Robot | None, call: Call) -> Answer:
    if robot is None:
        return _json(401, {"error": {"code": "AuthorizationFailed"}})
    if len(call.body) > 28_000:
        return _json(413, {"error": {"code": "RequestEntityTooLarge"}})
    attachments = call.fields.get("attachments", [])
    cards = [attachment.get("content", {}).get("type") for attachment in attachments]
    if call.fields.get("type") != "message" or cards != ["AdaptiveCard"]:
        return _json(400, {"error": {"code": "BadRequest"}})
    if robot.is_too_fast(call.at):
        return Answer(429, b"", {"Retry-After": "1"})
    return Answer(202, b"")


def webhook(robot: Robot | None, call: Call) -> Answer:
    """Verify as Standard Webhooks 1.0.0 asks of a receiver."""
    if robot is None:
        return Answer(404, b"not found")
    if len(call.body) >= 20_000:
        return Answer(413, b"too large")
    timestamp = call.header("webhook-timestamp")
    if not _is_recent(timestamp, call.at, 1, WEBHOOK_TOLERANCE):
        return Answer(400, b"timestamp")
    signed = f"{call.header('webhook-id')}.{timestamp}.".encode() + call.body
    signatures = call.header("webhook-signature").split(" ")
    key = base64.b64decode(robot.secret.removeprefix("whsec_"))
    if f"v1,{_base64_hmac(key, signed)}" not in signatures:
        return Answer(401, b"signature")
    return Answer(204, b"")


ANSWERS: dict[str, Callable[[Robot | None, Call], Answer]] = {
    "dingtalk": dingtalk,
    "feishu": feishu,
    "wecom": wecom,
    "slack": slack,
    "teams": teams,
    "webhook": webhook,
}


def _is_recent(timestamp: str, now: float, unit: int, tolerance: int = HOUR) -> bool:
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16
    return is_number and abs(int(timestamp) / unit - now) <= tolerance


def _base64_hmac(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, "sha256").digest()).decode()


def _errcode(code: int, message: str) -> Answer:
    return _json(200, {"errcode": code, "errmsg": message})


def _code(code: int, message: str) -> Answer:
    return _json(200, {"code": code, "data": {}, "msg": message})


def _json(status: int, fields: object) -> Answer:
    body = json.dumps(fields, ensure_ascii=False).encode()
    return Answer(status, body, {"Content-Type": "application/json"})
