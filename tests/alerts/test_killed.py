"""Worker, scheduler, PostgreSQL and Redis die between a check's commit and the receiver's answer.

Each event reaches the receiver at least once, and by `webhook-id` exactly once.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.items import items
from tests.portal import Portal, Process
from tests.servers import Server, postgres_server, redis_server, wait_for
from xdportal.simulator import Simulator
from xdportal.simulator.receiver import Receiver
from xdportal.simulator.robots import Answer, Robot

SECRET = "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tMTI="
WAITS = {
    "ALERT_BATCH_SECONDS": "0",
    "CHECK_INTERVAL": "3600",  # no list gets old, which would be an event of its own
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

    def __init__(self, stack: ExitStack, folder: Path, servers: dict[str, Server]) -> None:
        self.servers = servers
        self.simulator = stack.enter_context(Simulator(shuffle=False))
        self.receiver = stack.enter_context(Slow())
        url = self.receiver.register(Robot("webhook", "k", SECRET))
        self.portal = Portal(folder / "portal", self.simulator, **WAITS, **settings_of(servers))
        self.running: dict[str, Process] = {}
        self.schedule = str(folder / "schedule")
        stack.callback(self.portal.close)
        self.portal.prepare()
        self.slug = self.portal.connect()
        self.simulator.set_items("production", items(range(20), version="v0"))
        self.portal.manage("check_catalogs", self.slug, "--kind", "images")
        self.portal.run(PREPARE)
        add = ("add_channel", "--user", "root", "--kind", "webhook", "--name", "k")
        uuid = self.portal.manage(*add, text=f"{url}\n{SECRET}\n").splitlines()[0]
        self.portal.manage("add_rule", "--channel", uuid, "--events", "pins")

    def start(self) -> None:
        """Start what does not run. Embedded, the scheduler lives in the worker."""
        if "worker" not in self.running:
            options = () if self.servers else ("--beat",)
            self.running["worker"] = self.portal.start_worker(*options)
        if self.servers and "beat" not in self.running:
            beat = ("celery", "-A", "xdportal", "beat", "--schedule", self.schedule)
            self.running["beat"] = self.portal.start(*beat)

    @property
    def victims(self) -> list[str]:
        return ["worker", *(["postgres", "redis", "beat"] if self.servers else [])]

    def turn(self, number: int, victim: str, wait: float) -> bool:
        """Change all pinned images, and kill something so long after the check's commit.

        Return whether the receiver had not answered by then.
        """
        self.simulator.set_items("production", items(range(20), version=f"v{number}"))
        before = self.snapshots()
        self.portal.run(
            "tasks.check_now(Catalog.objects.select_related('connection').get(kind='images'))"
        )
        wait_for(lambda: self.snapshots() > before, 90, "the check")
        time.sleep(wait)
        was_open = not any(f" v{number}" in word for said in self.said().values() for word in said)
        self.kill(victim)
        self.portal.run(EXPIRE)
        return was_open

    def kill(self, victim: str) -> None:
        """Kill it; a server is started again, with what it has on disk."""
        if victim in self.servers:
            self.servers[victim].stop()
            self.servers[victim].start()
        else:
            self.portal.kill(self.running.pop(victim))

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


def settings_of(servers: dict[str, Server]) -> dict[str, str]:
    if not servers:
        return {}
    redis = servers["redis"].url
    return {
        "DATABASE_URL": servers["postgres"].url,
        "CELERY_BROKER_URL": f"{redis}/0",
        "CACHE_URL": f"{redis}/1",
    }


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(stack, tmp_path, {})


@pytest.fixture
def distributed(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        servers = {
            "postgres": stack.enter_context(postgres_server(keeps_commits=True)),
            "redis": stack.enter_context(redis_server(tmp_path)),
        }
        yield Stage(stack, tmp_path, servers)


def killed(stage: Stage, kills: int) -> None:
    """Kill until so many kills were before the receiver's answer; then look at what came."""
    stage.start()
    rng = random.Random(13)
    counted = Counter[str]()
    turns = 0
    while counted.total() < kills:
        turns += 1
        assert turns <= 3 * kills, counted
        victim = stage.victims[(turns - 1) % len(stage.victims)]
        if stage.turn(turns, victim, rng.uniform(0, 1.2)):
            counted[victim] += 1
        stage.start()
        wait_for(lambda: stage.waiting() == 0, 180, f"all deliveries after {victim} died")

    sys.stdout.write(f"Killed before the answer, in {turns} turns: {dict(counted)}\n")
    changed = "Event.objects.filter(type='pin.meaning_changed'"
    webhook = "deliveries__kind='webhook', deliveries__state='sent'"
    sent = "list(Delivery.objects.filter(kind='webhook').values_list('uuid', flat=True))"
    by_event = Counter(word for words in stage.said().values() for word in words)
    assert stage.portal.ask(f"{changed}).count()") == 5 * turns
    assert stage.portal.ask(f"{changed}, {webhook}).count()") == 5 * turns
    assert stage.portal.ask("Attempt.objects.filter(state='sending').count()") == 0
    assert set(stage.portal.ask(sent)) == set(stage.said())
    assert max(by_event.values()) == 1
    assert {word.split()[1] for word in by_event} <= {f"v{n}" for n in range(1, turns + 1)}
    assert {f"{number} v{turns}" for number in range(5)} <= set(by_event)


@pytest.mark.full
def test_a_worker_killed_twice(embedded: Stage) -> None:
    killed(embedded, 2)


def test_each_process_and_server_killed(distributed: Stage) -> None:
    killed(distributed, 4)


@pytest.mark.full
def test_a_worker_killed_at_fifty_moments(embedded: Stage) -> None:
    killed(embedded, 50)


@pytest.mark.full
def test_fifty_kills_of_processes_and_servers(distributed: Stage) -> None:
    killed(distributed, 50)
