"""Counters shared by all processes: /metrics reports the same whichever process answers."""

from bisect import bisect_left
from datetime import datetime

from django.db import models

from xdportal.lib import prepared

# Seconds; anything longer falls into the last, open bucket.
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class TallyManager(models.Manager["Tally"]):
    def add(self, name: str, label: str = "", seconds: float = 0.0) -> None:
        """Count one more.

        Within a transaction it counts exactly what the transaction commits. Make it the last
        statement: everyone who counts the same waits for one row.
        """
        key = {"name": name, "label": label, "bucket": bisect_left(BUCKETS, seconds)}
        more = {"number": 1, "seconds": seconds}
        if not prepared.add(Tally, key, more):
            self.bulk_create([Tally(**key)], ignore_conflicts=True)
            prepared.add(Tally, key, more)


class Tally(models.Model):
    """How often something took so long (by its bucket of BUCKETS), and how long in total."""

    name = models.CharField(max_length=20)
    label = models.CharField(max_length=20, blank=True, default="")
    bucket = models.PositiveSmallIntegerField(default=0)
    number = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    objects = TallyManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "label", "bucket"], name="one_tally_each")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.label}: {self.number}"


class CachedValue(models.Model):
    """What `cache.py` keeps: counts of attempts, mostly."""

    key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()  # JSON
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


def forget_expired(at: datetime) -> int:
    """Delete cached values that have expired; return how many."""
    deleted, _by_model = CachedValue.objects.filter(expires__lte=at).delete()
    return deleted
