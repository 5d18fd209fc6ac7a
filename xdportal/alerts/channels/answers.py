"""Judging what a robot answered. Vendors refuse with HTTP 200, so the body decides."""

import email.message
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from xdportal.alerts.channels.base import State, Verdict
from xdportal.alerts.channels.reasons import Reason
from xdportal.lib.http import Response, retry_after

BUSY = frozenset({408, 425})  # of the 4xx, these pass by themselves
CHARSETS = frozenset({"utf-8", "gbk", "gb2312", "gb18030", "big5", "iso-8859-1", "windows-1252"})


class Meaning(NamedTuple):
    state: State
    reason: Reason


SENT = Meaning(State.SENT, Reason.OK)
WAIT = Meaning(State.RETRY, Reason.RATE)
BUSY_VENDOR = Meaning(State.RETRY, Reason.BUSY)
BAD_KEY = Meaning(State.ATTENTION, Reason.BAD_KEY)
STOPPED = Meaning(State.ATTENTION, Reason.STOPPED)
BAD_CONTENT = Meaning(State.FAILED, Reason.CONTENT)
TOO_LONG = Meaning(State.FAILED, Reason.SIZE)
UNREADABLE = Meaning(State.RETRY, Reason.UNREADABLE)
UNKNOWN_CODE = Meaning(State.RETRY, Reason.UNKNOWN_CODE)


def verdict(meaning: Meaning, response: Response, code: object = "") -> Verdict:
    """Return the verdict, with what the answer's head says about waiting."""
    wait = retry_after(response.headers.get("Retry-After", ""), time.time())
    return Verdict(meaning.state, meaning.reason, str(code), response.status, wait)


def by_status(response: Response, refused: State = State.ATTENTION) -> Verdict | None:
    """Return what the status alone says; None for a 2xx, where the body has the last word.

    `refused` is what a 4xx means for this kind of channel.
    """
    status = response.status
    if 200 <= status < 300:
        return None
    if status == 429:
        return verdict(WAIT, response)
    if status in BUSY or status >= 500:
        return verdict(BUSY_VENDOR, response)
    if 300 <= status < 400:
        is_elsewhere = "Location" in response.headers
        reason = Reason.REDIRECT if is_elsewhere else Reason.REFUSED_BY_STATUS
        return verdict(Meaning(State.FAILED, reason), response)
    return verdict(Meaning(refused, Reason.REFUSED_BY_STATUS), response)


def by_code(
    response: Response,
    fields: tuple[str, ...],
    meanings: Mapping[int, Meaning],
) -> Verdict:
    """Return what the vendor's own code says. Without one, nothing confirms the message."""
    refusal = by_status(response)
    code = _first_code(response, fields)
    if code is None:
        return refusal or verdict(UNREADABLE, response)
    if code == 0:
        return refusal or verdict(SENT, response, code)
    if code in meanings or refusal is None:
        return verdict(meanings.get(code, UNKNOWN_CODE), response, code)
    return replace(refusal, code=str(code))


def _first_code(response: Response, fields: tuple[str, ...]) -> int | None:
    answer = _object(response)
    codes = [answer[name] for name in fields if type(answer.get(name)) is int]
    return codes[0] if codes else None


def text_of(response: Response) -> str:
    """Return the answer as text, in the encoding that it names if that is one of the usual."""
    head = email.message.Message()
    head["Content-Type"] = response.headers.get("Content-Type", "")
    charset = head.get_content_charset("utf-8")
    return response.body.decode(charset if charset in CHARSETS else "utf-8", "replace")


def _object(response: Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
