"""One attempt to send one message, through any kind of channel."""

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from xdportal.alerts.channels import answers, mail, webhook
from xdportal.alerts.channels.base import Config, Request, Robot, State, Verdict
from xdportal.alerts.channels.message import Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.channels.registry import MAIL, ROBOTS
from xdportal.alerts.channels.rendering import clip
from xdportal.lib import networks, redaction
from xdportal.lib.http import BadEncoding, Door, Forbidden, Guard, HttpError, Response
from xdportal.lib.networks import BadUrl

DEADLINE = 15.0
MAX_ANSWER = 64 * 1024
DETAIL = 500  # characters of the answer that are kept
TOKEN_LIKE = re.compile(r"[A-Za-z0-9_-]{8,}")
# What vendors' paths have in common. Struck out, Slack's "no_service" would be unreadable.
NOT_SECRET = frozenset({"services", "open-apis", "workflows", "triggers", "webhooks"})


def preview(kind: str, config: Config, message: Message, now: datetime) -> str:
    """Return the body as it would be sent: JSON, or the text of the mail."""
    if kind == MAIL:
        return str(mail.build(message, config, now).body)
    return ROBOTS[kind].build(message, config, now).body.decode()


def send(kind: str, config: Config, message: Message, webhook_id: str, now: datetime) -> Verdict:
    """Send the message and return what came of it; nothing the receiver does raises an error."""
    message = replace(message, id=webhook_id)
    with redaction.scope():
        redaction.add(*secrets_of(config))
        verdict = _attempt(kind, config, message, now)
        code = redaction.redact(verdict.code)
        return replace(verdict, code=code, detail=_kept(verdict.detail))


def secrets_of(config: Config) -> list[str]:
    """Return what must not come back in an answer: secrets, and what is secret in the URL."""
    parts = urlsplit(config.url)
    values = [value for _name, value in parse_qsl(parts.query)]
    words = set(parts.path.split("/")) - NOT_SECRET
    segments = [word for word in words if TOKEN_LIKE.fullmatch(word)]
    signing = [config.secret, config.previous_secret]
    keys = [secret.removeprefix(webhook.PREFIX) for secret in signing]
    return [config.url, *signing, *keys, *values, *segments]


def _attempt(kind: str, config: Config, message: Message, now: datetime) -> Verdict:
    if kind == MAIL:
        return mail.deliver(message, config, now)
    return _post(ROBOTS[kind], config, message, now)


def _post(robot: Robot, config: Config, message: Message, now: datetime) -> Verdict:
    request = robot.build(message, config, now)
    try:
        url, guard = _route(robot, request.url)
        response = _exchange(url, request, guard)
    except (BadUrl, Forbidden):
        return Verdict(State.FAILED, Reason.FORBIDDEN)
    except HttpError as error:
        return Verdict(State.RETRY, _reason_of(error), status=error.status)
    return replace(robot.judge(response), detail=answers.text_of(response))


def _exchange(url: str, request: Request, guard: Guard | None) -> Response:
    headers = {**request.headers, "Accept-Encoding": "identity"}
    with Door(deadline=DEADLINE, max_body=MAX_ANSWER, truncate=True, guard=guard) as door:
        return door.request("POST", url, headers=headers, body=request.body)


def _route(robot: Robot, url: str) -> tuple[str, Guard | None]:
    """Return where the request goes, and what judges the addresses there.

    The operator may have robots' requests go through NOTIFY_ROBOT_URL, which needs no judging.
    """
    base = settings.NOTIFY_ROBOT_URL
    if base and robot.name != webhook.KIND.name:
        return f"{base}/{url.removeprefix('https://')}", None
    allowed = settings.NOTIFY_ALLOW_NETWORKS
    parsed = networks.parse_url(url, allowed)
    return str(parsed), networks.guard(parsed, allowed)


def _reason_of(error: HttpError) -> Reason:
    if isinstance(error, BadEncoding):
        return Reason.UNREADABLE
    known = set(Reason)
    return Reason(error.reason) if error.reason in known else Reason.BROKEN


def _kept(detail: str) -> str:
    """Return the start of the answer as one line, redacted before it is cut."""
    return clip(redaction.redact(detail), DETAIL)
