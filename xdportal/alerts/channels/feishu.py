"""A Feishu or Lark custom robot."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from xdportal.alerts.channels import answers
from xdportal.alerts.channels.answers import Meaning
from xdportal.alerts.channels.base import Config, Limits, Rate, Request, Robot, State, Verdict
from xdportal.alerts.channels.bodies import json_bytes, json_request
from xdportal.alerts.channels.message import Level, Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.rendering import Markup, largest, text_of, title_of
from xdportal.alerts.channels.validation import UrlForm, robot_config
from xdportal.lib.http import Response

LIMITS = Limits(20_000, (Rate(100, 60), Rate(5, 1)))
URL = UrlForm(
    host=r"open\.feishu\.cn|open\.larksuite\.com",
    path=r"/open-apis/bot/v2/hook/[A-Za-z0-9_-]{1,128}",
    query="",
    example="https://open.feishu.cn/open-apis/bot/v2/hook/…",
)
ENTITIES = str.maketrans({character: f"&#{ord(character)};" for character in "&<>*~[]_`#\\"})
MARKUP = Markup(lambda text: text.translate(ENTITIES))
COLOURS = {Level.CRITICAL: "red", Level.WARNING: "orange", Level.INFO: "blue"}
MEANINGS = {
    9499: answers.WAIT,
    11232: answers.WAIT,
    19001: answers.BAD_KEY,
    19021: Meaning(State.ATTENTION, Reason.SIGNATURE),
    19022: Meaning(State.ATTENTION, Reason.IP),
    19024: Meaning(State.ATTENTION, Reason.KEYWORD),
}


def validate(url: str, secret: str = "", keyword: str = "") -> Config:
    return robot_config(URL, url, secret, keyword)


def build(message: Message, config: Config, now: datetime) -> Request:
    signature = _signature(config, now)
    body = largest(
        message,
        lambda shown: json_bytes({**signature, **_card(message, config, shown)}),
        lambda body: len(body) <= LIMITS.size,
    )
    return json_request(config.url, body)


def judge(response: Response) -> Verdict:
    return answers.by_code(response, ("code", "StatusCode"), MEANINGS)


def _card(message: Message, config: Config, shown: int) -> dict[str, Any]:
    worst = next(iter(message.totals), Level.INFO)
    title = {"tag": "plain_text", "content": title_of(message, config.keyword)}
    text = {"tag": "markdown", "content": text_of(message, shown, MARKUP)}
    card = {
        "config": {"wide_screen_mode": True},
        "header": {"template": COLOURS[worst], "title": title},
        "elements": [text],
    }
    return {"msg_type": "interactive", "card": card}


def _signature(config: Config, now: datetime) -> dict[str, str]:
    """Return the signature: what others sign is the key here, and the signed text is empty."""
    if not config.secret:
        return {}
    seconds = str(int(now.timestamp()))
    key = f"{seconds}\n{config.secret}"
    digest = hmac.digest(key.encode(), b"", hashlib.sha256)
    return {"timestamp": seconds, "sign": base64.b64encode(digest).decode()}


KIND = Robot("feishu", _("Feishu / Lark"), LIMITS, validate, build, judge, True, True)
