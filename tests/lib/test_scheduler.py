"""The scheduler's rhythm while it runs: whatever the clock does, each task keeps its period."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery

from tests.items import START
from xdportal.lib import scheduler
from xdportal.lib.beat import Every
from xdportal.lib.scheduler import MemoryScheduler

TASKS = ["a", "b"]
APP = Celery("test", set_as_current=False)
APP.conf.beat_schedule = {name: {"task": name, "schedule": Every(5)} for name in TASKS}


class Watched(MemoryScheduler):
    """Notes what it would send."""

    producer = None

    def __init__(self) -> None:
        self.sent: list[str] = []
        super().__init__(APP)

    def apply_entry(self, entry: Any, producer: None = None) -> None:
        self.sent.append(entry.task)


class Clocks:
    """The wall clock, and the one that only runs forward."""

    def __init__(self, wall: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.now, self.running = wall, START, 1000.0
        monkeypatch.setattr(scheduler.time, "monotonic", lambda: self.running)

    def run(self, seconds: float) -> None:
        self.running += seconds
        self.set(self.now + timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        self.now = moment
        self.wall.move_to(moment, tick=False)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clocks]:
    with time_machine.travel(START, tick=False) as wall:
        yield Clocks(wall, monkeypatch)


def sent_within(beat: Watched, clocks: Clocks, seconds: int) -> list[str]:
    """Let the scheduler run for so long; return what it sent."""
    beat.sent.clear()
    until = clocks.running + seconds
    while clocks.running < until:
        wait = beat.tick()
        clocks.run(min(max(wait, 0.01), until - clocks.running))
    return sorted(beat.sent)


def test_each_task_runs_at_the_start_and_once_in_its_period(clocks: Clocks) -> None:
    beat = Watched()

    assert sent_within(beat, clocks, 1) == TASKS
    assert sent_within(beat, clocks, 5) == TASKS


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(days=-30)], ids=str)
def test_a_clock_that_jumps_and_is_set_right_stops_nothing(clocks: Clocks, jump: timedelta) -> None:
    beat = Watched()
    sent_within(beat, clocks, 1)

    clocks.set(clocks.now + jump)
    assert sent_within(beat, clocks, 6) == TASKS
    clocks.set(clocks.now - jump)
    assert sent_within(beat, clocks, 6) == TASKS
