"""When the worker's periodic tasks run."""

from datetime import datetime
from typing import Any

from celery.beat import Scheduler


class MemoryScheduler(Scheduler):  # type: ignore[misc]
    """Run each task at the start, then in its time; keep nothing on the disk.

    Celery's own writes a file, which ends the scheduler when the disk is full. Running a task once
    more than needed does no harm: the database says what is due.
    """

    def __init__(self, *args: Any, schedule_filename: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        super().setup_schedule()
        for entry in self.schedule.values():
            zone = entry.last_run_at.tzinfo
            entry.last_run_at = datetime(2000, 1, 1, tzinfo=zone)
