"""Checks in real processes over a database file: to be killed, to run side by side, to have
their memory measured.
"""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.portal import make_database
from xdportal.simulator import Simulator

BASE = Path(__file__).resolve().parents[1]
# Loads Django once. Each line on standard input forks so many children, which check at the same
# moment; each says its
# outcome and by how many MiB its memory rose at most (not ru_maxrss: that begins with what the
# parent had).
DRIVER = """
import os, re, sys, time, django
django.setup()
from django.db import connections
from xdportal.catalog.checks.engine import check_all
from xdportal.catalog.models import Catalog

def peak():
    return int(re.findall(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[0]) / 1024

for line in sys.stdin:
    connections.close_all()
    go, ready = os.pipe()
    children = []
    for _ in range(int(line)):
        child = os.fork()
        if child == 0:
            os.close(ready)
            os.read(go, 1)
            open("/proc/self/clear_refs", "w").write("5")
            idle = peak()
            catalog = Catalog.objects.select_related("connection").get(kind="images")
            outcome = check_all(catalog.connection, [catalog])[0]["outcome"]
            os.write(1, f"{outcome} {peak() - idle:.1f} {time.process_time():.2f}\\n".encode())
            os._exit(0)
        children.append(child)
    os.close(go)
    print(*children, flush=True)
    os.close(ready)
    for child in children:
        os.waitpid(child, 0)
    print("ended", flush=True)
"""


class Said(NamedTuple):
    outcome: str  # empty when the process was killed before it said one
    peak: float  # MiB over idle
    seconds: float
    processor: float  # seconds


class Stage:
    """One connection to the simulator's first account; use it as a context manager."""

    def __init__(self, folder: Path, simulator: Simulator, **settings: str) -> None:
        self.simulator, self.database = simulator, folder / "data/portal.sqlite3"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME")},
            "DJANGO_SETTINGS_MODULE": "xdportal.settings",
            "ENV_FILE": str(BASE / "tests/test.env"),
            "DATA_DIR": str(folder / "data"),
            "PROVIDER_PRODUCTION_URL": simulator.production_url,
            "PYTHONPATH": str(BASE),
            **settings,
        }
        account = simulator.accounts["production"][0]
        make_database(self.database.parent)
        self.manage(
            "shell",
            "-v0",
            "-c",
            "from xdportal.accounts.models import User; User.objects.create_user('u')",
        )
        add = ["add_connection", "--user", "u", "--name", "n", "--environment", "production"]
        self.manage(*add, "--account-id", account.account_id, text=account.secret)

    def __enter__(self) -> "Stage":
        self.driver: Any = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *error: object) -> None:
        self.driver.stdin.close()
        self.driver.wait(30)

    def manage(self, *arguments: str, text: str = "") -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(
            command,
            cwd=BASE,
            env=self.environment,
            input=text,
            text=True,
            check=True,
            capture_output=True,
        )

    def check(self, kill_after: float | None = None) -> Said:
        """One check, killed with -9 after so many seconds if any are named."""
        return (self.check_at_once(1, kill_after) or [Said("", 0, 0, 0)])[0]

    def check_at_once(self, times: int, kill_after: float | None = None) -> list[Said]:
        """So many at the same moment, each in a process of its own; what those that were not
        killed said.
        """
        started = time.monotonic()
        self.driver.stdin.write(f"{times}\n")
        self.driver.stdin.flush()
        children = self.driver.stdout.readline().split()
        if kill_after is not None:
            time.sleep(kill_after)
            for child in children:
                with contextlib.suppress(
                    ProcessLookupError
                ):  # it was quicker than the one that was timed
                    os.kill(int(child), signal.SIGKILL)
        said = []
        while (line := self.driver.stdout.readline()) != "ended\n":
            outcome, peak, processor = line.split()
            seconds = time.monotonic() - started
            said.append(Said(outcome, float(peak), seconds, float(processor)))
        return said

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.database, timeout=20) as database:
            return database.execute(sql).fetchall()

    def outcomes(self) -> list[str]:
        return [outcome for (outcome,) in self.ask("SELECT outcome FROM catalog_check ORDER BY id")]

    def let_the_lease_run_out(self) -> None:
        self.ask(
            "UPDATE catalog_catalog SET lease_until = '2000-01-01 00:00:00' WHERE lease_until IS "
            "NOT NULL"
        )
