"""Any receiver of JSON, signed by Standard Webhooks 1.0.0."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from xdportal.alerts.channels import answers
from xdportal.alerts.channels.answers import Meaning
from xdportal.alerts.channels.base import Config, Limits, Request, Robot, State, Verdict
from xdportal.alerts.channels.bodies import json_bytes, json_request
from xdportal.alerts.channels.message import Entry, Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.rendering import largest, title_of
from xdportal.alerts.channels.validation import any_url, refuse_inside
from xdportal.lib.http import Response

LIMITS = Limits(19_999)
PREFIX = "whsec_"
SECRET_BYTES = 32
GONE = Meaning(State.OFF, Reason.GONE)


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def rotated(config: Config) -> Config:
    """Return the configuration with a new secret; messages carry both signatures from now on."""
    return replace(config, secret=new_secret(), previous_secret=config.secret)


def validate(url: str, secret: str = "", keyword: str = "") -> Config:
    """Return the configuration, with a new secret unless one is given.

    This looks the host's name up.
    """
    secret = secret.strip() or new_secret()
    try:
        is_secret = len(_key(secret)) == SECRET_BYTES and secret.startswith(PREFIX)
    except (binascii.Error, ValueError):
        is_secret = False
    if not is_secret:
        message = _("A signing secret is whsec_ followed by 32 bytes in base64.")
        raise ValidationError({"secret": message})
    parsed = any_url(url)
    refuse_inside(parsed)
    return Config(str(parsed), secret)


def build(message: Message, config: Config, now: datetime) -> Request:
    body = largest(
        message,
        lambda shown: json_bytes(_body(message, shown)),
        lambda body: len(body) <= LIMITS.size,
    )
    seconds = str(int(now.timestamp()))
    signed = f"{message.id}.{seconds}.".encode() + body
    keys = [_key(secret) for secret in (config.secret, config.previous_secret) if secret]
    headers = {
        "webhook-id": message.id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }
    return json_request(config.url, body, headers)


def judge(response: Response) -> Verdict:
    if response.status == 410:
        return answers.verdict(GONE, response)
    refusal = answers.by_status(response, refused=State.RETRY)
    return refusal or answers.verdict(answers.SENT, response)


def _body(message: Message, shown: int) -> dict[str, Any]:
    timestamp = message.timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"type": message.type, "timestamp": timestamp, "data": _data(message, shown)}


def _data(message: Message, shown: int) -> dict[str, Any]:
    data = {**message.data, "title": title_of(message), "link": message.link}
    if message.type != "digest":
        sentence = message.entries[0].sentence if message.entries else message.title
        return _shortened({**data, "sentence": sentence})
    events = [_event(entry) for entry in message.ordered[:shown]]
    counts = {str(level): count for level, count in message.totals.items()}
    return {**data, "counts": counts, "events": events, "more": message.more_than(shown)}


def _event(entry: Entry) -> dict[str, Any]:
    fields = {"level": str(entry.level), "sentence": entry.sentence, "url": entry.url}
    return {**fields, **entry.data}


def _shortened(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with its lists cut, if need be, to what leaves room for all the rest."""
    shortened = dict(data)
    while len(json_bytes(shortened)) > LIMITS.size - 200:
        lists = [name for name, value in shortened.items() if isinstance(value, list) and value]
        if not lists:
            return {name: data[name] for name in ("title", "link")}
        longest = max(lists, key=lambda name: len(json_bytes(shortened[name])))
        shortened[longest] = shortened[longest][: len(shortened[longest]) // 2]
        shortened["truncated"] = True
    return shortened


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def _signature(key: bytes, signed: bytes) -> str:
    digest = hmac.digest(key, signed, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


KIND = Robot("webhook", _("Webhook"), LIMITS, validate, build, judge, True)
