"""Real processes after the clock was two hours ahead, and was set right again.

What such a time leaves behind is written as it would stand there: in the database, and in beat's
file.
"""

import shelve
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.portal import Portal
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


@pytest.mark.parametrize("hours", [pytest.param(2, marks=pytest.mark.full), 24 * 30])
def test_everything_goes_on_by_itself(tmp_path: Path, hours: int) -> None:
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
