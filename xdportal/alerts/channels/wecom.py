"""A WeCom group robot."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from xdportal.alerts.channels import answers
from xdportal.alerts.channels.base import Config, Limits, Rate, Request, Robot, Verdict
from xdportal.alerts.channels.bodies import json_bytes, json_request, lookalikes
from xdportal.alerts.channels.message import Message
from xdportal.alerts.channels.rendering import Markup, largest, text_of, title_of
from xdportal.alerts.channels.validation import UrlForm, robot_config
from xdportal.lib.http import Response

LIMITS = Limits(4096, (Rate(20, 60),))  # the size of the content, not of the body
URL = UrlForm(
    host=r"qyapi\.weixin\.qq\.com",
    path=r"/cgi-bin/webhook/send",
    query=r"key=[A-Za-z0-9_-]{1,128}",
    example="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
)
MARKUP = Markup(lookalikes)
MEANINGS = {
    -1: answers.BUSY_VENDOR,
    45009: answers.WAIT,
    93000: answers.BAD_KEY,
    40058: answers.TOO_LONG,
    45002: answers.TOO_LONG,
}


def validate(url: str, secret: str = "", keyword: str = "") -> Config:
    return robot_config(URL, url)


def build(message: Message, config: Config, now: datetime) -> Request:
    heading = lookalikes(title_of(message))
    content = largest(
        message,
        lambda shown: f"### {heading}\n{text_of(message, shown, MARKUP)}",
        lambda content: len(content.encode()) <= LIMITS.size,
    )
    body = json_bytes({"msgtype": "markdown", "markdown": {"content": content}})
    return json_request(config.url, body)


def judge(response: Response) -> Verdict:
    return answers.by_code(response, ("errcode",), MEANINGS)


KIND = Robot("wecom", _("WeCom"), LIMITS, validate, build, judge)
