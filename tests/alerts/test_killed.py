"""Real processes that die with -9 between a check's commit and the receiver's answer.

Each event reaches the receiver at least once, and by `webhook-id` exactly once.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.items import items
from tests.portal import KINDS, Portal, servers
from tests.servers import wait_for
from xdportal.simulator import Simulator
from xdportal.simulator.receiver import Receiver
from xdportal.simulator.robots import Answer, Robot

SECRET = "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tMTI="
WAITS = {
    "ALERT_BATCH_SECONDS": "0",
    "NOTIFY_ALLOW_NETWORKS": "127.0.0.0/8",
    "PROVIDER_DEADLINE": "3",
    "LEASE_SPARE": "2",
    "MESSAGE_LIFE": "2",
}
PREPARE = """
from xdportal.alerts.models import *
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
catalog = Catalog.objects.select_related("connection__team", "latest_snapshot").get(kind="images")
for number in range(5):
    actions.create(Wish(catalog, str(number)), Actor(User.objects.get(), now()))
"""
# What a lease would end by itself in a minute.
EXPIRE = """
Event.objects.filter(handled_at=None).update(claimed_until=None)
Delivery.objects.filter(state="sending").update(lease_until=now())
Catalog.objects.exclude(lease_until=None).update(lease_until=now())
"""


class Slow(Receiver):
    """A receiver that thinks for a moment, so that a kill can fall into its thoughts."""

    def _answer(self, call: Any) -> Answer:
        time.sleep(0.15)
        return super()._answer(call)


class Stage:
    """A portal whose pins change with each turn, and a receiver of what it says about them."""

    def __init__(self, stack: ExitStack, folder: Path, kind: str) -> None:
        self.simulator = stack.enter_context(Simulator(shuffle=False))
        self.receiver = stack.enter_context(Slow())
        url = self.receiver.register(Robot("webhook", "k", SECRET))
        self.portal = Portal(
            folder / "portal", self.simulator, **WAITS, **servers(kind, stack, folder)
        )
        stack.callback(self.portal.close)
        self.portal.prepare()
        self.slug = self.portal.connect()
        self.simulator.set_items("production", items(range(20), version="v0"))
        self.portal.manage("check_catalogs", self.slug, "--kind", "images")
        self.portal.run(PREPARE)
        add = ("add_channel", "--user", "root", "--kind", "webhook", "--name", "k")
        uuid = self.portal.manage(*add, text=f"{url}\n{SECRET}\n").splitlines()[0]
        self.portal.manage("add_rule", "--channel", uuid, "--events", "pins")

    def turn(self, number: int, wait: float) -> None:
        """Change all pinned images, and kill the worker so long after the check was asked for."""
        worker = self.portal.start_worker("--beat")
        self.simulator.set_items("production", items(range(20), version=f"v{number}"))
        before = self.snapshots()
        self.portal.run(
            "tasks.check_now(Catalog.objects.select_related('connection').get(kind='images'))"
        )
        wait_for(lambda: self.snapshots() > before, 60, "the check")
        time.sleep(wait)
        self.portal.kill(worker)
        self.portal.run(EXPIRE)

    def snapshots(self) -> int:
        return int(self.portal.ask("Snapshot.objects.count()"))

    def waiting(self) -> int:
        unhandled = "Event.objects.filter(handled_at=None).count()"
        unsent = "Delivery.objects.filter(kind='webhook').exclude(state='sent').count()"
        return int(self.portal.ask(f"{unhandled} + {unsent}"))

    def said(self) -> dict[str, set[str]]:
        """Return what each accepted webhook-id said: names of pins with their versions."""
        said: dict[str, set[str]] = {}
        for arrival in self.receiver.accepted("webhook"):
            data = arrival.call.fields["data"]
            events = data.get("events", [data])
            words = {f"{event['id']} {(event['now'] or {}).get('version')}" for event in events}
            said.setdefault(arrival.call.header("webhook-id"), set()).update(words)
        return said


@pytest.fixture(params=KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(stack, tmp_path, request.param)


def killed(stage: Stage, turns: int) -> None:
    rng = random.Random(13)
    for number in range(1, turns + 1):
        stage.turn(number, rng.uniform(0, 1.5))
    stage.portal.start_worker("--beat")
    wait_for(lambda: stage.waiting() == 0, 120, "all deliveries")

    changed = "Event.objects.filter(type='pin.meaning_changed'"
    webhook = "deliveries__kind='webhook', deliveries__state='sent'"
    by_event = Counter(word for words in stage.said().values() for word in words)
    assert stage.portal.ask(f"{changed}).count()") == 5 * turns
    assert stage.portal.ask(f"{changed}, {webhook}).count()") == 5 * turns
    assert stage.portal.ask("Attempt.objects.filter(state='sending').count()") == 0
    assert max(by_event.values()) == 1
    assert {word.split()[1] for word in by_event} <= {f"v{n}" for n in range(1, turns + 1)}
    assert {f"{number} v{turns}" for number in range(5)} <= set(by_event)


def test_killed_at_three_moments(stage: Stage) -> None:
    killed(stage, 3)


@pytest.mark.full
def test_killed_at_fifty_moments(stage: Stage) -> None:
    killed(stage, 50)
