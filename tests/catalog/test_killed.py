"""Rules 5 and 6 with real processes: killed at any moment a check leaves all or nothing, and the
next one goes on.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.items import items
from tests.stage import Stage
from xdportal.simulator import Simulator

IMAGES = 20_000


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Simulator(shuffle=False) as simulator, Stage(tmp_path, simulator) as stage:
        yield stage


def changes_told(stage: Stage) -> list[int]:
    """Return the snapshot of each event `catalog.changed`."""
    events = stage.ask("SELECT data FROM catalog_event WHERE type = 'catalog.changed' ORDER BY id")
    return [json.loads(data)["snapshot"] for (data,) in events]


def state(stage: Stage) -> tuple[Any, ...]:
    """Return each snapshot with its images by its own count and by listings, and the checks."""
    held = """
        SELECT s.number, s.item_count, (
            SELECT count(*) FROM catalog_listing l
            WHERE l.first <= s.number AND (l.ended IS NULL OR l.ended > s.number)
        )
        FROM catalog_snapshot s ORDER BY s.number
    """
    finished = stage.ask("SELECT count(*) FROM catalog_check WHERE outcome != 'aborted'")
    return tuple(stage.ask(held)), finished[0][0]


def killed_at_random_moments(stage: Stage, times: int) -> None:
    rng = random.Random(7)
    stage.simulator.set_items("production", items(range(IMAGES), version="v0"))
    assert stage.check().outcome == "ok"
    stage.simulator.set_items("production", items(range(IMAGES), version="v1"))
    whole = stage.check()
    assert whole.outcome == "ok"
    cut = 0
    for turn in range(2, times + 2):
        stage.simulator.set_items("production", items(range(IMAGES), version=f"v{turn}"))
        before = state(stage)
        stage.check(kill_after=rng.uniform(0.01, whole.seconds))
        snapshots, checks = state(stage)
        nothing, everything = (
            before == (snapshots, checks),
            len(snapshots) == len(before[0]) + 1 and checks == before[1] + 1,
        )
        assert nothing or everything
        assert changes_told(stage) == [number for number, _, _ in snapshots]
        assert all(counted == listed == IMAGES for _, counted, listed in snapshots)
        cut += nothing
        stage.let_the_lease_run_out()
        assert stage.check().outcome == "ok"
        assert len(state(stage)[0]) == turn + 1
    assert cut >= times // 3
    aborted = stage.outcomes().count("aborted")
    assert 0 < aborted <= times


def test_killed_at_six_moments(stage: Stage) -> None:
    killed_at_random_moments(stage, 6)


@pytest.mark.full
def test_killed_at_fifty_moments(stage: Stage) -> None:
    killed_at_random_moments(stage, 50)


def test_killed_while_the_provider_keeps_it_waiting(stage: Stage) -> None:
    stage.simulator.fault("hang", seconds=20)
    assert stage.check(kill_after=1).outcome == ""
    assert stage.simulator.count("open/image") == 1
    assert stage.check().outcome == "skipped"
    assert stage.outcomes() == []

    stage.let_the_lease_run_out()
    assert stage.check().outcome == "ok"
    assert stage.outcomes() == ["aborted", "ok"]


def test_twenty_at_once_are_one_check(stage: Stage) -> None:
    stage.simulator.fault("hang", seconds=1)

    assert sorted(said.outcome for said in stage.check_at_once(20)) == ["ok"] + ["skipped"] * 19
    assert stage.outcomes() == ["ok"]
    assert (stage.simulator.count("getToken"), stage.simulator.count("open/image")) == (1, 1)


def test_twenty_that_find_an_expired_lease_bury_it_once(stage: Stage) -> None:
    stage.simulator.fault("hang", seconds=20)
    stage.check(kill_after=1)
    stage.let_the_lease_run_out()
    stage.simulator.fault("hang", seconds=1)

    assert sorted(said.outcome for said in stage.check_at_once(20)) == ["ok"] + ["skipped"] * 19
    assert stage.outcomes() == ["aborted", "ok"]
