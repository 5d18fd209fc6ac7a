"""The demo's receiver, as a program: it checks what it receives, and its page shows it."""

import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from tests.robots import deliver, message
from tests.servers import answers, free_port, wait_for
from xdportal.alerts.channels import registry
from xdportal.simulator.receiver import DEMO_ROBOTS, Receiver

ROOT = Path(__file__).resolve().parents[2]


def get(url: str, language: str = "en") -> str:
    request = urllib.request.Request(url, headers={"Accept-Language": language})
    with urllib.request.urlopen(request) as response:
        return str(response.read().decode())


def test_it_runs_as_a_program_and_shows_what_arrived(settings: object) -> None:
    port = free_port()
    command = [sys.executable, "-m", "xdportal.simulator.receiver", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as program:
        try:
            wait_for(lambda: answers(port), 10, "the receiver listens")
            settings.NOTIFY_ROBOT_URL = f"http://127.0.0.1:{port}"  # type: ignore[attr-defined]
            for robot in DEMO_ROBOTS:
                if robot.kind != "webhook":
                    config = registry.validate(robot.kind, robot.url, robot.secret, robot.keyword)
                    assert deliver(robot.kind, config).state == "sent"
            listed = json.loads(get(f"http://127.0.0.1:{port}/arrivals.json"))
            shown = get(f"http://127.0.0.1:{port}/")
        finally:
            program.terminate()

    assert [(row["kind"], row["accepted"]) for row in listed] == [
        (robot.kind, True) for robot in DEMO_ROBOTS if robot.kind != "webhook"
    ]
    assert shown.count("<article>") == 5
    assert "Pin render was withdrawn" in shown


def test_its_page_is_safe_and_in_the_readers_language(settings: object) -> None:
    with Receiver(DEMO_ROBOTS) as receiver:
        settings.NOTIFY_ROBOT_URL = receiver.url  # type: ignore[attr-defined]
        wecom = registry.validate("wecom", DEMO_ROBOTS[2].url)
        now = datetime.now(UTC)
        deliver("wecom", wecom, message(title="<script>alert(1)</script>", timestamp=now))
        shown = get(receiver.url, "zh-CN,zh")

    assert "<h1>收到的消息</h1>" in shown
    assert "<script>" not in shown


def test_it_comes_back_at_its_own_port() -> None:
    receiver = Receiver()
    with receiver:
        first = receiver.url
        assert get(f"{first}/arrivals.json") == "[]"
    with receiver:
        assert receiver.url == first
        assert get(f"{first}/arrivals.json") == "[]"
