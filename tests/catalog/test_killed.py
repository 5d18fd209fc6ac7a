"""Rule 5 with real processes: killed with -9 at any moment, a recording of 20,000 images leaves all or nothing."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.items import items
from xdportal.provider.simulator import Simulator

BASE = Path(__file__).resolve().parents[2]
IMAGES = 20_000
# Loads Django once; each line on standard input forks a child that checks, and names it.
DRIVER = """
import os, sys, django
django.setup()
from django.db import connections
from xdportal.catalog.models import Catalog
from xdportal.catalog.refresh import refresh
for line in sys.stdin:
    connections.close_all()
    child = os.fork()
    if child == 0:
        report = refresh(Catalog.objects.select_related("connection").get())
        print(report.outcome, flush=True)
        os._exit(0)
    print(child, flush=True)
    print("ended", os.waitpid(child, 0)[1], flush=True)
"""


class Stage:
    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.simulator, self.database = simulator, folder / "data/portal.sqlite3"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME")},
            "DJANGO_SETTINGS_MODULE": "xdportal.settings",
            "ENV_FILE": str(BASE / "tests/test.env"),
            "DATA_DIR": str(folder / "data"),
            "PROVIDER_PRODUCTION_URL": simulator.production_url,
            "PYTHONPATH": str(BASE),
        }
        account = simulator.accounts["production"][0]
        self.manage("migrate", "-v0")
        self.manage("shell", "-v0", "-c", "from xdportal.accounts.models import User; User.objects.create_user('u')")
        add = ["add_connection", "--user", "u", "--name", "n", "--environment", "production"]
        self.manage(*add, "--account-id", account.account_id, text=account.secret)
        self.driver: Any = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def manage(self, *arguments: str, text: str = "") -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=BASE, env=self.environment, input=text, text=True, check=True, capture_output=True)

    def check(self, kill_after: float | None = None) -> tuple[str, float]:
        """One check; what it said (nothing when it was killed) and how long it took."""
        started = time.monotonic()
        self.driver.stdin.write("go\n")
        self.driver.stdin.flush()
        child, said = int(self.driver.stdout.readline()), ""
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):  # it was quicker than the one that was timed
                os.kill(child, signal.SIGKILL)
        while not (line := self.driver.stdout.readline()).startswith("ended"):
            said = line.strip()
        return said, time.monotonic() - started

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.database, timeout=20) as database:
            return database.execute(sql).fetchall()

    def state(self) -> tuple[Any, ...]:
        """Snapshots, each with its images by its own count and by the listings; and how many checks there are."""
        held = """SELECT s.number, s.image_count, (SELECT count(*) FROM catalog_listing l WHERE l.first <= s.number
                  AND (l.ended IS NULL OR l.ended > s.number)) FROM catalog_snapshot s ORDER BY s.number"""
        return tuple(self.ask(held)), self.ask("SELECT count(*) FROM catalog_check WHERE outcome != 'aborted'")[0][0]

    def let_the_lease_run_out(self) -> None:
        self.ask("UPDATE catalog_catalog SET lease_until = '2000-01-01 00:00:00' WHERE lease_until IS NOT NULL")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Simulator(shuffle=False) as simulator:
        stage = Stage(tmp_path, simulator)
        yield stage
        stage.driver.stdin.close()
        stage.driver.wait(20)


def killed_at_random_moments(stage: Stage, times: int) -> None:
    rng = random.Random(7)
    stage.simulator.set_items("production", items(range(IMAGES), version="v0"))
    assert stage.check()[0] == "ok"
    stage.simulator.set_items("production", items(range(IMAGES), version="v1"))
    said, whole = stage.check()
    assert said == "ok"
    cut = 0
    for turn in range(2, times + 2):
        stage.simulator.set_items("production", items(range(IMAGES), version=f"v{turn}"))
        before = stage.state()
        said, _ = stage.check(kill_after=rng.uniform(0.01, whole))
        snapshots, checks = stage.state()
        nothing, everything = (
            before == (snapshots, checks),
            len(snapshots) == len(before[0]) + 1 and checks == before[1] + 1,
        )
        assert nothing or everything
        assert all(counted == listed == IMAGES for _, counted, listed in snapshots)
        cut += nothing
        stage.let_the_lease_run_out()
        assert stage.check()[0] == "ok"
        assert len(stage.state()[0]) == turn + 1
    assert cut >= times // 3
    aborted = stage.ask("SELECT count(*) FROM catalog_check WHERE outcome = 'aborted'")[0][0]
    assert 0 < aborted <= times


def test_killed_at_ten_moments(stage: Stage) -> None:
    killed_at_random_moments(stage, 10)


@pytest.mark.full
def test_killed_at_fifty_moments(stage: Stage) -> None:
    killed_at_random_moments(stage, 50)
