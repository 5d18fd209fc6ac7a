"""A Slack incoming webhook."""

import re
from dataclasses import replace
from datetime import datetime

from xdportal.alerts.channels import answers
from xdportal.alerts.channels.base import Config, Limits, Rate, Request, Robot, Verdict
from xdportal.alerts.channels.bodies import json_bytes, json_request
from xdportal.alerts.channels.message import Message
from xdportal.alerts.channels.rendering import Markup, largest, text_of, title_of
from xdportal.alerts.channels.validation import UrlForm, robot_config
from xdportal.lib.http import Response

LIMITS = Limits(3000, (Rate(1, 1),))  # characters of a section
URL = UrlForm(
    host=r"hooks\.slack\.com",
    path=r"/services/[A-Za-z0-9_-]{1,32}/[A-Za-z0-9_-]{1,32}/[A-Za-z0-9_-]{1,64}",
    query="",
    example="https://hooks.slack.com/services/T…/B…/…",
)
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
MARKUP = Markup(lambda text: text.translate(ESCAPES), bold="*{}*", link="<{url}|{text}>")
CODE = re.compile(r"[a-z_]{1,40}")  # how Slack names what it refuses
MEANINGS = {
    "invalid_token": answers.BAD_KEY,
    "no_service": answers.BAD_KEY,
    "no_service_id": answers.BAD_KEY,
    "no_team": answers.BAD_KEY,
    "team_disabled": answers.STOPPED,
    "channel_is_archived": answers.STOPPED,
    "channel_not_found": answers.STOPPED,
}


def validate(url: str, secret: str = "", keyword: str = "") -> Config:
    return robot_config(URL, url)


def build(message: Message, config: Config, now: datetime) -> Request:
    title = title_of(message)
    text = largest(
        message,
        lambda shown: text_of(message, shown, MARKUP),
        lambda text: len(text) <= LIMITS.size,
    )
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": title}},
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},
    ]
    notification = f"{MARKUP.escape(title)} {MARKUP.linked(message.link, message.link)}"
    return json_request(config.url, json_bytes({"text": notification, "blocks": blocks}))


def judge(response: Response) -> Verdict:
    """Return the verdict: Slack confirms with the two letters "ok", and refuses with a word."""
    word = answers.text_of(response).strip()
    code = word if CODE.fullmatch(word) else ""
    refusal = answers.by_status(response)
    if refusal is None:
        is_sent = word == "ok" and response.status == 200
        return answers.verdict(answers.SENT if is_sent else answers.UNREADABLE, response, code)
    if word in MEANINGS:
        return answers.verdict(MEANINGS[word], response, word)
    return replace(refusal, code=code)


KIND = Robot("slack", "Slack", LIMITS, validate, build, judge)
