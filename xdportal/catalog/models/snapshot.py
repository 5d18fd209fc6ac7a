import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.models.catalog import Catalog
from xdportal.catalog.models.check import Check
from xdportal.provider.records import Line


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def newest_first(self) -> Self:
        return self.order_by("-number")

    def at(self, moment: datetime) -> "Snapshot | None":
        """Return the snapshot that was the latest at a time. One query."""
        return self.filter(taken_at__lte=moment).newest_first().first()

    def with_changes(self) -> Self:
        """Leave out the first of each catalog: the first list changes nothing.

        Not as a range: the index that serves it would be taken instead of that of a span of time,
        and all numbers but the first are what grows.
        """
        return self.exclude(number=1)

    def latest_of_each(self, most: int) -> Self:
        """Return at most so many snapshots of each catalog, those with the highest numbers.

        The catalog says where they begin, so that no others are read.
        """
        return self.filter(number__gt=F("catalog__latest_snapshot__number") - most)


class Snapshot(models.Model):
    """A distinct list. Only the time it was last confirmed ever changes."""

    catalog = models.ForeignKey(
        Catalog, verbose_name=_("list"), on_delete=models.CASCADE, related_name="snapshots"
    )
    number = models.PositiveIntegerField(_("number"))
    taken_at = models.DateTimeField(_("first seen"))
    recorded_at = models.DateTimeField(_("recorded"))
    confirmed_at = models.DateTimeField(_("last confirmed"))
    digest = models.BinaryField(max_length=32)
    item_count = models.PositiveIntegerField(_("number of items"))
    numeric = models.BooleanField(
        _("IDs are numbers")
    )  # every id is a plain number, so that they sort as numbers
    # {facet: {value: items}}; a facet of very many values is left out. PostgreSQL keeps no order.
    # Null in snapshots of the first version that were not the latest at the upgrade.
    facets = models.JSONField(_("facets"), null=True)
    withdrawn = models.PositiveIntegerField(
        _("withdrawn")
    )  # ids that were listed once and are not in this list
    added = models.PositiveIntegerField(_("added"))  # returned ones included
    removed = models.PositiveIntegerField(_("removed"))
    changed = models.PositiveIntegerField(_("changed"))

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints = [
            models.UniqueConstraint(fields=["catalog", "number"], name="one_snapshot_a_number")
        ]
        indexes = [models.Index(fields=["catalog", "taken_at"], name="snapshot_of_day")]

    def __str__(self) -> str:
        return f"#{self.number}"

    def get_absolute_url(self) -> str:
        return catalog_url(self.catalog.slug, self.catalog.kind, "snapshot", self.number)

    @property
    def change_count(self) -> int:
        return self.added + self.removed + self.changed

    def facet(self, field: str) -> dict[str, int] | None:
        """Return the counts by value; None where they were not kept."""
        counts: dict[str, int] | None = (self.facets or {}).get(field)
        return counts


class QuarantinedAnswer(models.Model):
    """A suspect answer, waiting until it is confirmed, accepted or discarded."""

    catalog = models.OneToOneField(Catalog, on_delete=models.CASCADE, related_name="quarantined")
    first_check = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)  # in a row
    reason = models.CharField(max_length=20)
    digest = models.BinaryField(max_length=32)
    rows = models.BinaryField()

    class Meta:
        db_table = "catalog_heldanswer"

    def __str__(self) -> str:
        return f"{self.reason} × {self.times}"

    @staticmethod
    def pack(lines: Iterable[Line]) -> bytes:
        packer = zlib.compressobj()
        packed = [packer.compress(line + b"\n") for line in sorted(lines)]
        return b"".join(packed) + packer.flush()

    @property
    def lines(self) -> frozenset[Line]:
        return frozenset(zlib.decompress(self.rows).splitlines())
