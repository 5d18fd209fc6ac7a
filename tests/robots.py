"""Fakes of the receivers, and what tests of channels have in common."""

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from xdportal.alerts.channels.base import Config, Verdict
from xdportal.alerts.channels.message import Entry, Level, Message
from xdportal.alerts.channels.registry import validate
from xdportal.alerts.channels.sending import send
from xdportal.simulator.receiver import Arrival, Receiver
from xdportal.simulator.robots import Robot

LINK = "https://portal.example.com/inbox/?channel=7b1c"
SECRET = "SECb7d1c0a94f"
KEY = "a1b2c3d4e5f6"


@contextmanager
def receiving(robot: Robot, settings: Any) -> Iterator[tuple[Receiver, Config]]:
    """A receiver that knows the robot, and the portal's configuration for it."""
    with Receiver() as receiver:
        settings.NOTIFY_ROBOT_URL = receiver.url
        url = receiver.register(robot)
        yield receiver, validate(robot.kind, url, robot.secret, robot.keyword)


def message(count: int = 2, **fields: Any) -> Message:
    """A message about so many image ids, the last one critical."""
    entries = [Entry(Level.INFO, f"Image {1000 + n} (Ubuntu) was added") for n in range(count - 1)]
    entries.append(
        Entry(Level.CRITICAL, "Pin render was withdrawn", "https://portal.example.com/p/")
    )
    values = {
        "title": "2 changes in Production",
        "link": LINK,
        "timestamp": datetime(2026, 11, 26, 10, 0, tzinfo=UTC),
        "entries": tuple(entries),
        **fields,
    }
    return Message(**values)


def deliver(kind: str, config: Config, sent: Message | None = None, id: str = "msg_1") -> Verdict:
    return send(kind, config, sent or message(), id, datetime.now(UTC))


def fields_of(receiver: Receiver) -> dict[str, Any]:
    return last(receiver).call.fields


def last(receiver: Receiver) -> Arrival:
    return receiver.arrivals[-1]


def openssl_hmac(key: bytes, signed: bytes) -> str:
    """Base64 of HMAC-SHA256, computed by other code than ours."""
    command = [
        "openssl",
        "dgst",
        "-sha256",
        "-mac",
        "HMAC",
        "-macopt",
        f"hexkey:{key.hex()}",
        "-binary",
    ]
    digest = subprocess.run(command, input=signed, capture_output=True, check=True).stdout
    return base64.b64encode(digest).decode()
