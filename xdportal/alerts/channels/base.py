"""What every kind of channel consists of, and what an attempt to send can come to."""

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise

from xdportal.alerts.channels.message import Message
from xdportal.alerts.channels.reasons import Reason
from xdportal.lib.http import Response


class State(enum.StrEnum):
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"  # another attempt would fail the same way
    ATTENTION = "attention"  # the channel pauses until a person has changed something
    OFF = "off"  # the receiver is gone: the channel is switched off


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one attempt came to.

    `code` is the receiver's own; `detail` is the start of its answer.
    """

    state: State
    reason: Reason
    code: str = ""
    status: int | None = None
    retry_after: float = 0.0  # seconds, 0 where the receiver names none
    detail: str = ""

    @property
    def sentence(self) -> Promise:
        return self.reason.sentence


@dataclass(frozen=True, slots=True)
class Config:
    """A channel's sealed configuration. `url` is the recipient's address where the kind is mail."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    keyword: str = ""
    previous_secret: str = field(default="", repr=False)  # while a webhook's secret is rotated


class Request(NamedTuple):
    url: str
    headers: Mapping[str, str]
    body: bytes


class Rate(NamedTuple):
    messages: int
    seconds: int

    @property
    def eased(self) -> "Rate":
        """Return three quarters of the rate: other programs may use the same robot."""
        if self.messages == 1:
            return Rate(1, math.ceil(self.seconds * 4 / 3))
        return Rate(self.messages * 3 // 4, self.seconds)


class Limits(NamedTuple):
    """What the vendor allows: the size of a message, and messages in a time (none: no limit)."""

    size: int
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Robot:
    """A kind that is reached over HTTP.

    `validate` raises a ValidationError by field. `build` and `judge` are pure.
    """

    name: str
    label: str | Promise
    limits: Limits
    validate: Callable[[str, str, str], Config]
    build: Callable[[Message, Config, datetime], Request]
    judge: Callable[[Response], Verdict]
    needs_secret: bool = False  # whether the form asks for a signing secret
    needs_keyword: bool = False
