"""The rhythm of Celery's beat, whatever the clock does."""

from datetime import datetime, timedelta

from celery.schedules import schedstate, schedule

SKEW = timedelta(seconds=5)


class Every(schedule):  # type: ignore[misc]  # Celery has no types
    """A period in seconds.

    Celery waits until the last run is a period ago. If that run lies in the future, the clock was
    set back, and waiting would last as long as it was ahead: it is due at once.
    """

    def is_due(self, last_run_at: datetime) -> schedstate:
        last = self.maybe_make_aware(last_run_at)
        if last > self.now() + SKEW:
            return schedstate(is_due=True, next=self.seconds)
        return super().is_due(last_run_at)
