"""Real processes whose clock is set while they run, and which start after it was ahead.

What such a time leaves behind for those that start is written as it would stand there: in the
database, and in beat's file.
"""

import shelve
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.clocks import Clock
from tests.portal import Portal, Process, Visitor, servers
from tests.servers import wait_for
from xdportal.simulator import Simulator

AHEAD = """
ahead = now() + timedelta({hours} / 24)
Sweep.note(ahead)
Catalog.objects.update(
    next_check_at=ahead, queued_until=ahead, lease_until=ahead, lease_started=ahead,
    lease_holder="x", last_ok_at=ahead,
)
Connection.objects.update(not_before=ahead)
"""
SILENT = "The scheduler has been silent since"
SET_BACK = "The clock of this machine was set back"
# Each time from the true time, and what an administrator reads before the scheduler runs again.
JUMPS = [("+2h", SILENT), ("+0", SET_BACK), ("-30d", SET_BACK), ("+0", SILENT)]
STALE = "Catalog.objects.stale(now()).count()"
KINDS = ["embedded", pytest.param("distributed", marks=pytest.mark.full)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_clock_that_jumps_and_is_set_right(tmp_path: Path, kind: str) -> None:
    with ExitStack() as stack:
        clock = stack.enter_context(Clock(tmp_path))
        simulator = stack.enter_context(Simulator())
        settings = {**servers(kind, stack, tmp_path), **clock.environment}
        portal = Portal(tmp_path / "portal", simulator, **settings)
        portal.prepare()
        list_page = f"/c/{portal.connect()}/images/"
        stack.callback(portal.close)
        worker = portal.start_worker("--beat")
        portal.start_web()
        visitor = portal.sign_in()
        wait_for(lambda: "Up to date" in visitor.read(list_page), 30, "the first check")

        for offset, banner in JUMPS:
            with halted(worker):
                clock.set(offset)
                wait_for(lambda: portal.status("/readyz") == 503, 10, f"silence at {offset}")
                # Each web process looks at the clock's file once a second
                said = partial(is_said, visitor, list_page, "Out of date", banner)
                wait_for(said, 10, f"the banner at {offset}")
                assert "Up to date" not in visitor.read(list_page)
            wait_for(lambda: portal.status("/readyz") == 200, 30, f"the scheduler at {offset}")
            wait_for(lambda: portal.ask(STALE) == 0, 60, f"each list at {offset}")
            wait_for(partial(is_said, visitor, list_page, "Up to date"), 10, "the list")
            wait_for(partial(is_not_said, visitor, list_page, banner), 10, "the banner's end")

        before = simulator.count("open/image")
        wait_for(lambda: simulator.count("open/image") > before, 40, "the next check")
        assert portal.ask("list(Check.objects.exclude(outcome='ok').values('outcome'))") == []


def is_said(visitor: Visitor, path: str, *texts: str) -> bool:
    page = visitor.read(path)
    return all(text in page for text in texts)


def is_not_said(visitor: Visitor, path: str, text: str) -> bool:
    return text not in visitor.read(path)


@contextmanager
def halted(process: Process) -> Iterator[None]:
    """Let the process see what happens here all at once, as if in the middle of a step."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("hours", [pytest.param(2, marks=pytest.mark.full), 24 * 30])
def test_everything_goes_on_without_help(tmp_path: Path, hours: int) -> None:
    with Simulator() as simulator:
        portal = Portal(tmp_path / "portal", simulator)
        portal.prepare()
        portal.connect()
        portal.run(AHEAD.format(hours=hours))
        _let_beat_have_run_at(portal.folder / "data/beat-schedule", hours)
        try:
            portal.start_web()
            assert portal.status("/readyz") == 503
            assert "The clock of this machine was set back" in portal.sign_in().read("/")
            portal.start_worker("--beat")

            wait_for(lambda: portal.status("/readyz") == 200, 40, "the portal")
            wait_for(lambda: simulator.count("open/image") >= 2, 60, "two checks")
            ahead = "Catalog.objects.filter(last_ok_at__gt=now()).count()"
            wait_for(lambda: portal.ask(ahead) == 0, 60, "each list")
        finally:
            portal.close()


def _let_beat_have_run_at(path: Path, hours: int) -> None:
    """Write the file that a beat leaves which ran while the clock was ahead."""
    from celery import beat

    from xdportal.celery import app

    scheduler = beat.PersistentScheduler(app, schedule_filename=str(path), lazy=True)
    scheduler.setup_schedule()
    for entry in scheduler.schedule.values():
        entry.last_run_at = datetime.now(UTC) + timedelta(hours=hours)
    scheduler.close()
    with shelve.open(str(path)) as kept:  # noqa: S301
        assert {entry.last_run_at > datetime.now(UTC) for entry in kept["entries"].values()} == {
            True
        }
