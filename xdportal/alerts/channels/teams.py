"""Microsoft Teams, through a workflow that posts what it receives."""

from datetime import datetime
from typing import Any

from django.utils import translation

from xdportal.alerts.channels import answers
from xdportal.alerts.channels.base import Config, Limits, Rate, Request, Robot, Verdict
from xdportal.alerts.channels.bodies import json_bytes, json_request
from xdportal.alerts.channels.message import Entry, Level, Message
from xdportal.alerts.channels.rendering import (
    LONGEST_SENTENCE,
    clip,
    closing_of,
    largest,
    level_word,
    summary_of,
    title_of,
)
from xdportal.alerts.channels.validation import UrlForm, robot_config
from xdportal.lib.http import Response

LIMITS = Limits(28_000, (Rate(4, 1),))
URL = UrlForm(
    host=r"[a-z0-9.-]+\.(logic\.azure\.com|api\.powerplatform\.com)",
    path=r"/.+",
    query=r".*",
    example="https://….logic.azure.com/workflows/…",
)
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
CARD = "application/vnd.microsoft.card.adaptive"
COLOURS = {Level.CRITICAL: "attention", Level.WARNING: "warning", Level.INFO: "default"}


def validate(url: str, secret: str = "", keyword: str = "") -> Config:
    return robot_config(URL, url)


def build(message: Message, config: Config, now: datetime) -> Request:
    body = largest(
        message,
        lambda shown: json_bytes(_body(message, shown)),
        lambda body: len(body) <= LIMITS.size,
    )
    return json_request(config.url, body)


def judge(response: Response) -> Verdict:
    return answers.by_status(response) or answers.verdict(answers.SENT, response)


def _body(message: Message, shown: int) -> dict[str, Any]:
    with translation.override(message.language):
        rows = [_row(entry) for entry in message.ordered[:shown]]
        closing: dict[str, Any] = {"type": "TextRun", "text": closing_of(message, shown)}
        closing["selectAction"] = _open(message.link)
        summary = {"type": "TextBlock", "text": summary_of(message), "wrap": True}
    title = {"type": "TextRun", "text": title_of(message), "weight": "bolder", "size": "large"}
    body = [_paragraph(title), summary, *rows, _paragraph(closing)]
    content = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": body}
    attachment = {"contentType": CARD, "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _row(entry: Entry) -> dict[str, Any]:
    """Return an entry as text runs, where nothing is read as markup."""
    runs: list[dict[str, Any]] = []
    word = level_word(entry.level)
    if word:
        colour = COLOURS[entry.level]
        runs.append({"type": "TextRun", "text": f"{word} ", "weight": "bolder", "color": colour})
    sentence: dict[str, Any] = {"type": "TextRun", "text": clip(entry.sentence, LONGEST_SENTENCE)}
    if entry.url:
        sentence["selectAction"] = _open(entry.url)
    return _paragraph(*runs, sentence)


def _paragraph(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _open(url: str) -> dict[str, str]:
    return {"type": "Action.OpenUrl", "url": url}


KIND = Robot("teams", "Microsoft Teams", LIMITS, validate, build, judge)
