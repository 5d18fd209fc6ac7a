"""Whatever dies with -9: every due connection is checked again, once, and never twice at a time.

Leases, sweeps and messages live for seconds here; the long variants take the real ones.
"""

import re
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.portal import Portal
from tests.servers import Server, postgres_server, redis_server, wait_for
from xdportal.simulator import Simulator
from xdportal.simulator.answers import Answer
from xdportal.simulator.calls import Call

CONNECTIONS = 6
SHORT = {"PROVIDER_DEADLINE": "3", "LEASE_SPARE": "2", "MESSAGE_LIFE": "5"}
REAL = {"SWEEP_SECONDS": "5"}
WAITS = [pytest.param(SHORT, id="short"), pytest.param(REAL, id="real", marks=pytest.mark.full)]
WITHIN = 90  # seconds, of the real waits
SEED = """
user = User.objects.get()
for number in range({number}):
    connection = Connection(team=Team.objects.personal(user), owner=user, name=f"C{{number}}",
                            environment="production", account_id="{account}", interval=3600,
                            kinds=["images"])
    connection.set_credential(AccountSecret("{account}", "{secret}"), now())
    connection.save()
"""


class Slow(Simulator):
    """Takes a second for a list, and notes how many it reads at a time for one token: each
    connection has its own.
    """

    def __init__(self, seconds: float = 1.0) -> None:
        super().__init__()
        self.seconds, self.most, self._running = seconds, 0, Counter[str]()

    def answer(self, call: Call, *arguments: Any) -> Answer:
        if call.kind != "image":
            return super().answer(call, *arguments)
        with self._lock:
            self._running[call.token] += 1
            self.most = max(self.most, self._running[call.token])
        time.sleep(self.seconds)
        with self._lock:
            self._running[call.token] -= 1
        return super().answer(call, *arguments)


class Stage:
    """A portal with connections that are due, on a simulator that takes its time."""

    def __init__(
        self, stack: ExitStack, folder: Path, kind: str, waits: dict[str, str], number: int
    ) -> None:
        self.simulator = stack.enter_context(Slow())
        self.servers: dict[str, Server] = {}
        settings = {**waits}
        if kind == "distributed":
            self.servers = {
                "redis": stack.enter_context(redis_server(folder)),
                "postgres": stack.enter_context(postgres_server()),
            }
            settings |= {
                "DATABASE_URL": self.servers["postgres"].url,
                "CELERY_BROKER_URL": self.servers["redis"].url + "/0",
                "CACHE_URL": self.servers["redis"].url + "/1",
            }
        self.portal = Portal(folder / "portal", self.simulator, **settings)
        stack.callback(self.portal.close)
        self.portal.prepare()
        account = self.simulator.accounts["production"][0]
        code = SEED.format(number=number, account=account.account_id, secret=account.secret)
        self.portal.run(code)
        self.slug = self.portal.ask("Connection.objects.first().slug")

    def wait_for_fetches(self, number: int) -> None:
        wait_for(lambda: self.simulator.count("open/image") >= number, 40, f"{number} fetches")

    def wait_until_all_are_checked(self) -> None:
        due = (
            "Catalog.objects.filter(enabled=True, last_ok_at=None).count() + "
            "Catalog.objects.exclude(lease_until=None).count()"
        )
        wait_for(lambda: self.portal.ask(due) == 0, WITHIN, "all checked")

    def good_checks(self) -> list[int]:
        """How many good checks each connection has."""
        found = self.portal.ask(
            "[c.checks.filter(outcome='ok').count() for c in Catalog.objects.filter(enabled=True)]"
        )
        return list(found)

    def aborted(self) -> int:
        return int(self.portal.ask("Check.objects.filter(outcome='aborted').count()"))


@contextmanager
def staged(
    folder: Path, kind: str, waits: dict[str, str], number: int = CONNECTIONS
) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(stack, folder, kind, waits, number)


@pytest.mark.parametrize("waits", WAITS)
@pytest.mark.parametrize("kind", ["embedded", pytest.param("distributed", marks=pytest.mark.full)])
def test_a_worker_in_the_middle_of_checks(kind: str, waits: dict[str, str], tmp_path: Path) -> None:
    with staged(tmp_path, kind, waits) as stage:
        worker = stage.portal.start_worker("--beat")
        stage.wait_for_fetches(2)
        stage.portal.kill(worker)
        stage.portal.start_worker("--beat")
        stage.wait_until_all_are_checked()

        assert stage.good_checks() == [1] * CONNECTIONS
        assert 1 <= stage.aborted() <= 4
        assert stage.simulator.most == 1


@pytest.mark.full
@pytest.mark.parametrize("waits", WAITS)
def test_one_of_two_schedulers(waits: dict[str, str], tmp_path: Path) -> None:
    """A second one is harmless, and goes on where the first one died."""
    with staged(tmp_path, "distributed", waits) as stage:
        beats = [stage.portal.start(*beat(tmp_path / name)) for name in ("a", "b")]
        stage.portal.start_worker()
        stage.wait_for_fetches(1)
        stage.portal.kill(beats[0])
        stage.wait_until_all_are_checked()
        assert (stage.good_checks(), stage.aborted()) == ([1] * CONNECTIONS, 0)
        make_all_due(stage)
        stage.wait_until_all_are_checked()

        assert (stage.good_checks(), stage.aborted()) == ([2] * CONNECTIONS, 0)
        assert stage.simulator.most == 1


def beat(schedule: Path) -> list[str]:
    return ["celery", "-A", "xdportal", "beat", "--schedule", str(schedule)]


def make_all_due(stage: Stage) -> None:
    stage.portal.ask("Catalog.objects.update(next_check_at=now(), last_ok_at=None)")


@pytest.mark.parametrize("waits", WAITS)
def test_redis_with_all_its_messages(waits: dict[str, str], tmp_path: Path) -> None:
    with staged(tmp_path, "distributed", waits) as stage:
        assert stage.portal.ask("tasks.sweep()") == CONNECTIONS
        flush(stage)
        stage.portal.start_worker("--beat")
        stage.wait_until_all_are_checked()
        assert (stage.good_checks(), stage.aborted()) == ([1] * CONNECTIONS, 0)

        stage.servers["redis"].stop()
        make_all_due(stage)
        stage.servers["redis"].start()
        stage.wait_until_all_are_checked()
        assert (stage.good_checks(), stage.aborted()) == ([2] * CONNECTIONS, 0)
        assert stage.simulator.most == 1


def flush(stage: Stage) -> None:
    port = stage.servers["redis"].url.rpartition(":")[2]
    subprocess.run(["redis-cli", "-p", port, "FLUSHALL"], check=True, capture_output=True)


@pytest.mark.parametrize("waits", WAITS)
def test_postgresql_while_checks_run(waits: dict[str, str], tmp_path: Path) -> None:
    with staged(tmp_path, "distributed", waits) as stage:
        stage.portal.start_web()
        stage.portal.start_worker("--beat")
        stage.wait_for_fetches(2)
        stage.servers["postgres"].stop()
        assert (stage.portal.status("/readyz"), stage.portal.status("/healthz")) == (503, 200)
        stage.servers["postgres"].start()
        stage.wait_until_all_are_checked()
        assert stage.portal.status("/readyz") == 200

        assert stage.good_checks() == [1] * CONNECTIONS
        assert stage.aborted() <= 4
        assert stage.simulator.most == 1


@pytest.mark.parametrize("kind", ["distributed", pytest.param("embedded", marks=pytest.mark.full)])
def test_two_workers_and_forty_posts_of_check_now(kind: str, tmp_path: Path) -> None:
    with staged(tmp_path, kind, SHORT, number=1) as stage:
        stage.simulator.seconds = 0.3
        stage.portal.start_web()
        for options in (["--beat"], []):
            stage.portal.start_worker("-n", f"w{len(options)}@%h", *options)
        stage.wait_until_all_are_checked()
        visitors = [stage.portal.sign_in() for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            statuses = list(
                pool.map(lambda n: visitors[n % 4].post(f"/c/{stage.slug}/check/"), range(40))
            )
        wait_for(
            lambda: stage.portal.ask("Catalog.objects.due(now()).count()") == 0, 30, "all checked"
        )

        assert statuses == [200] * 40
        assert stage.simulator.most == 1
        assert stage.simulator.count("open/image") >= 2
        assert stage.aborted() == 0


@pytest.mark.parametrize("kind", ["embedded", pytest.param("distributed", marks=pytest.mark.full)])
def test_asked_to_end_a_worker_finishes_what_it_has_begun(kind: str, tmp_path: Path) -> None:
    with staged(tmp_path, kind, {**SHORT, "PROVIDER_DEADLINE": "10"}, number=1) as stage:
        stage.simulator.seconds = 2
        stage.portal.start_worker("--beat")
        stage.wait_for_fetches(1)
        took = stage.portal.stop()

        assert max(took) < 15
        assert (stage.good_checks(), stage.aborted()) == ([1], 0)


@pytest.mark.full
def test_asked_to_end_a_worker_cuts_off_what_takes_too_long(tmp_path: Path) -> None:
    with staged(
        tmp_path, "embedded", {"PROVIDER_DEADLINE": "60", "LEASE_SPARE": "1"}, number=1
    ) as stage:
        stage.simulator.seconds = 58
        stage.portal.start_worker("--beat")
        stage.wait_for_fetches(1)

        assert 20 < max(stage.portal.stop()) < 30


def test_a_scheduler_that_dies_is_noticed_and_so_is_its_return(tmp_path: Path) -> None:
    waits = {**SHORT, "SWEEP_PATIENCE": "10", "EMAIL_URL": f"filemail:///{tmp_path}/mails"}
    with staged(tmp_path, "embedded", waits, number=1) as stage:
        stage.portal.start_web()
        worker = stage.portal.start_worker("--beat")
        wait_for(lambda: stage.portal.status("/readyz") == 200, 30, "ready")
        visitor = stage.portal.sign_in()
        assert "The scheduler" not in visitor.read("/")
        stage.portal.kill(worker)
        # The page first: each web process remembers for two seconds what /readyz said
        banner = "The scheduler has been silent since"
        wait_for(lambda: banner in visitor.read("/"), 30, "the banner")
        wait_for(lambda: stage.portal.status("/readyz") == 503, 30, "not ready")
        wait_for(lambda: subjects(tmp_path) == [SILENT], 30, "a mail")

        stage.portal.start_worker("--beat")
        wait_for(lambda: stage.portal.status("/readyz") == 200, 30, "ready again")
        wait_for(lambda: "The scheduler" not in visitor.read("/"), 10, "the banner's end")
        wait_for(lambda: subjects(tmp_path) == [SILENT, BACK], 30, "the all-clear")


SILENT, BACK = (
    "[xdportal] The scheduler is silent: nothing is being checked",
    "[xdportal] The scheduler runs again",
)


def subjects(folder: Path) -> list[str]:
    texts = "".join(path.read_text() for path in sorted((folder / "mails").glob("*")))
    return re.findall(r"^Subject: (.*)$", texts.replace("\n ", " "), re.MULTILINE)


class TestSQLiteLockedByAnotherProcess:
    def test_for_three_seconds(self, tmp_path: Path) -> None:
        """Nothing is lost, and nobody sees an error."""
        with staged(tmp_path, "embedded", {"PROVIDER_DEADLINE": "3"}, number=3) as stage:
            stage.portal.start_web()
            visitor = stage.portal.sign_in()
            stage.portal.start_worker("--beat")
            stage.wait_for_fetches(2)
            with locked(stage), ThreadPoolExecutor(1) as pool:
                posted = pool.submit(visitor.post, f"/c/{stage.slug}/check/")
                time.sleep(3)
            assert posted.result() == 200
            stage.wait_until_all_are_checked()

            assert stage.aborted() == 0
            assert min(stage.good_checks()) == 1
            assert "Traceback" not in stage.portal.log.read_text()

    @pytest.mark.full
    def test_for_longer_than_the_lease(self, tmp_path: Path) -> None:
        """Pages are read; the check that could not be recorded is there as interrupted, and is
        made again.
        """
        with staged(
            tmp_path, "embedded", {"PROVIDER_DEADLINE": "2", "LEASE_SPARE": "4"}, number=1
        ) as stage:
            stage.portal.start_web()
            visitor = stage.portal.sign_in()
            stage.portal.start_worker("--beat")
            stage.wait_for_fetches(1)
            with locked(stage):
                until = time.monotonic() + 8
                while time.monotonic() < until:
                    assert "<h1>" in visitor.read("/")
                    assert "<h1>" in visitor.read(f"/c/{stage.slug}/images/")
                    time.sleep(0.5)
            stage.wait_until_all_are_checked()

            assert (stage.good_checks(), stage.aborted()) == ([1], 1)
            assert "Interrupted" in visitor.read(f"/c/{stage.slug}/snapshots/")


@contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """No other connection can write; readers see the last commit."""
    database = sqlite3.connect(
        stage.portal.folder / "data/portal.sqlite3", timeout=20, isolation_level=None
    )
    database.execute("BEGIN IMMEDIATE")
    yield
    database.execute("ROLLBACK")
    database.close()
