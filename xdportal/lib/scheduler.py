"""When the worker's periodic tasks run."""

import time
from datetime import datetime
from typing import Any

from celery.beat import Scheduler


class MemoryScheduler(Scheduler):  # type: ignore[misc]  # Celery has no types
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

    def _when(self, entry: Any, next_time_to_run: float, mktime: object = None) -> float:
        """Return when to look at the entry again, by a clock that nobody sets.

        Celery asks the wall clock. If that is set back while the scheduler runs, it looks at no
        entry until the clock has caught up.
        """
        return time.monotonic() + (self.adjust(next_time_to_run) or 0)
