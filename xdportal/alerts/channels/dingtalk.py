"""A DingTalk custom robot."""

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from xdportal.alerts.channels import answers
from xdportal.alerts.channels.answers import Meaning
from xdportal.alerts.channels.base import Config, Limits, Rate, Request, Robot, State, Verdict
from xdportal.alerts.channels.bodies import json_bytes, json_request, lookalikes
from xdportal.alerts.channels.message import Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.rendering import Markup, largest, text_of, title_of
from xdportal.alerts.channels.validation import UrlForm, robot_config
from xdportal.lib.http import Response

LIMITS = Limits(20_000, (Rate(20, 60),))
URL = UrlForm(
    host=r"oapi\.dingtalk\.com",
    path=r"/robot/send",
    query=r"access_token=[A-Za-z0-9_-]{1,128}",
    example="https://oapi.dingtalk.com/robot/send?access_token=…",
)
MARKUP = Markup(lookalikes)
IP_WORDS = re.compile(r"\bip\b|whitelist|白名单", re.ASCII | re.IGNORECASE)
NOT_VERIFIED = 310000  # keyword, signature and IP share one code: the text says which
MEANINGS = {
    -1: answers.BUSY_VENDOR,
    130101: answers.WAIT,
    410100: answers.WAIT,
    300001: answers.BAD_KEY,
    300005: answers.BAD_KEY,
    400101: answers.BAD_KEY,
    400106: answers.BAD_KEY,
    400013: answers.STOPPED,
    400102: answers.STOPPED,
    430101: answers.BAD_CONTENT,
    430102: answers.BAD_CONTENT,
    430104: answers.BAD_CONTENT,
    NOT_VERIFIED: Meaning(State.ATTENTION, Reason.SIGNATURE),
}


def validate(url: str, secret: str = "", keyword: str = "") -> Config:
    return robot_config(URL, url, secret, keyword)


def build(message: Message, config: Config, now: datetime) -> Request:
    body = largest(
        message,
        lambda shown: _body(message, config, shown),
        lambda body: len(body) <= LIMITS.size,
    )
    return json_request(_signed(config, now), body)


def judge(response: Response) -> Verdict:
    verdict = answers.by_code(response, ("errcode",), MEANINGS)
    if verdict.code == str(NOT_VERIFIED):
        return replace(verdict, reason=_unverified(answers.text_of(response).lower()))
    return verdict


def _body(message: Message, config: Config, shown: int) -> bytes:
    heading = lookalikes(title_of(message))
    if config.keyword and config.keyword not in heading:
        heading = f"{config.keyword} {heading}"  # as it is: its likeness would not match
    text = f"### {heading}\n\n{text_of(message, shown, MARKUP)}"
    return json_bytes({"msgtype": "markdown", "markdown": {"title": heading, "text": text}})


def _signed(config: Config, now: datetime) -> str:
    if not config.secret:
        return config.url
    milliseconds = int(now.timestamp() * 1000)
    text = f"{milliseconds}\n{config.secret}"
    digest = hmac.digest(config.secret.encode(), text.encode(), hashlib.sha256)
    sign = base64.b64encode(digest).decode()
    return f"{config.url}&{urlencode({'timestamp': milliseconds, 'sign': sign})}"


def _unverified(answer: str) -> Reason:
    if "keyword" in answer or "关键词" in answer:
        return Reason.KEYWORD
    if IP_WORDS.search(answer):
        return Reason.IP
    return Reason.SIGNATURE


KIND = Robot("dingtalk", _("DingTalk"), LIMITS, validate, build, judge, True, True)
