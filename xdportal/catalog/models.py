import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce, Length
from django.db.models.sql.compiler import SQLCompiler
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import User
from xdportal.connections.models import Connection
from xdportal.connections.words import OUTCOMES
from xdportal.provider.envelope import MAX_MSG, MAX_TRACE_ID
from xdportal.provider.fields import MAX_LENGTH
from xdportal.provider.kinds import ImageRecord
from xdportal.provider.records import Line

LONGEST_NOTE = 500
GOOD_OUTCOMES = frozenset({"ok", "ok_with_warnings"})


class CatalogQuerySet(models.QuerySet["Catalog"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "connection__team__", "connection__uuid")

    def free(self, at: datetime) -> Self:
        """Without a living lease."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=at))

    def startable(self, at: datetime) -> Self:
        """Neither paused nor told by the provider to wait."""
        return self.exclude(connection__state=Connection.State.PAUSED).filter(
            Q(connection__not_before=None) | Q(connection__not_before__lte=at)
        )

    def stale(self, at: datetime) -> Self:
        """Without a trusted check for twice the interval; whoever is paused is meant to be."""
        # Cast: SQLite multiplies a duration by an IntegerField alone.
        seconds = Cast("connection__interval", models.IntegerField())
        twice = ExpressionWrapper(seconds * timedelta(seconds=2), models.DurationField())
        limit = ExpressionWrapper(Value(at) - twice, models.DateTimeField())
        trusted = Coalesce("last_ok_at", "connection__created_at")
        rows = self.annotate(trusted_at=trusted, stale_before=limit).filter(trusted_at__lt=F("stale_before"))
        return rows.exclude(connection__state=Connection.State.PAUSED)

    def due(self, at: datetime) -> Self:
        """To be checked now; an expired lease makes due at once."""
        return self.startable(at).filter(Q(next_check_at__lte=at, lease_until=None) | Q(lease_until__lte=at))


class Catalog(models.Model):
    """One kind of list of one connection, with its schedule and the lease of the running check."""

    class Kind(models.TextChoices):
        IMAGES = "images", _("images")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="catalogs")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.IMAGES)
    next_check_at = models.DateTimeField(_("next check"))
    queued_until = models.DateTimeField(null=True)  # a message for it is on its way; afterwards it is sent again
    lease_holder = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    lease_started = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # running
    answer_digest = models.BinaryField(max_length=32, default=b"")  # of the bytes of the last answer without warnings
    latest_snapshot = models.ForeignKey("Snapshot", null=True, on_delete=models.SET_NULL, related_name="+")
    latest_check = models.ForeignKey("Check", null=True, on_delete=models.SET_NULL, related_name="+")
    last_ok_at = models.DateTimeField(_("last good check"), null=True)
    stale_told_at = models.DateTimeField(null=True)  # since when people know by mail that it is out of date

    objects = CatalogQuerySet.as_manager()

    class Meta:
        verbose_name = _("catalog")
        verbose_name_plural = _("catalogs")
        constraints = [models.UniqueConstraint(fields=["connection", "kind"], name="one_catalog_a_kind")]
        indexes = [models.Index(fields=["next_check_at"], name="catalog_due")]  # the sweep's question

    def __str__(self) -> str:
        return str(self.connection)

    def get_absolute_url(self) -> str:
        return reverse("images", args=[self.connection.slug])

    @property
    def slug(self) -> str:
        return self.connection.slug


class Check(models.Model):
    """One attempt to fetch a catalog. Written once, when it is over."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="checks")
    started = models.DateTimeField(_("started"))
    ended = models.DateTimeField(_("ended"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=list(OUTCOMES.items()))
    reason = models.CharField(max_length=20, blank=True, default="")  # a word of REASONS
    http_status = models.PositiveSmallIntegerField(null=True)
    code = models.BigIntegerField(_("code"), null=True)
    msg = models.CharField(max_length=MAX_MSG, blank=True, default="")
    trace_id = models.CharField(_("trace ID"), max_length=MAX_TRACE_ID, blank=True, default="")
    image_count = models.PositiveIntegerField(default=0)
    ignored_count = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(null=True)  # {"ignored": first ten, "duplicates": n, "conflicts": n}, null without any
    snapshot = models.ForeignKey("Snapshot", null=True, on_delete=models.SET_NULL, related_name="checks")

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        indexes = [models.Index(fields=["catalog", "-started"], name="check_of_catalog")]  # strip, list, days

    def __str__(self) -> str:
        return f"{self.started:%Y-%m-%d %H:%M:%S} {self.outcome}"

    def get_absolute_url(self) -> str:
        return reverse("check", args=[self.catalog.slug, self.pk])

    @property
    def duration_ms(self) -> int:
        return round((self.ended - self.started).total_seconds() * 1000)

    @property
    def is_good(self) -> bool:
        return self.outcome in GOOD_OUTCOMES


class HeldAnswer(models.Model):
    """A suspect answer, held until it is confirmed, accepted or discarded."""

    catalog = models.OneToOneField(Catalog, on_delete=models.CASCADE, related_name="held")
    first_check = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)  # running
    reason = models.CharField(max_length=20)
    digest = models.BinaryField(max_length=32)
    rows = models.BinaryField()

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


class Snapshot(models.Model):
    """A distinct list. It never changes but for the time it was last confirmed."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField(_("number"))
    taken_at = models.DateTimeField(_("first seen"))
    recorded_at = models.DateTimeField(_("recorded"))
    confirmed_at = models.DateTimeField(_("last confirmed"))
    digest = models.BinaryField(max_length=32)
    image_count = models.PositiveIntegerField(_("number of images"))
    numeric = models.BooleanField()  # every id a plain number: ordered as numbers
    types = models.JSONField()  # {type: images}, the most frequent first
    systems = models.JSONField(null=True)  # {name: images}, likewise; null where there are very many
    withdrawn = models.PositiveIntegerField()  # ids that were listed once and are not in this list
    added = models.PositiveIntegerField(_("added"))  # returned included
    removed = models.PositiveIntegerField(_("removed"))
    changed = models.PositiveIntegerField(_("changed"))

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints = [models.UniqueConstraint(fields=["catalog", "number"], name="one_snapshot_a_number")]
        indexes = [models.Index(fields=["catalog", "taken_at"], name="snapshot_of_day")]

    def __str__(self) -> str:
        return f"#{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("snapshot", args=[self.catalog.slug, self.number])

    @property
    def change_count(self) -> int:
        return self.added + self.removed + self.changed


LISTING_FIELDS = ("image_id", "type", "name", "version")  # in the order of ImageRecord


class AsLine(Func):
    """Columns as the line that `IMAGES.line` gives, put together by the database."""

    output_field = models.BinaryField()
    template, arg_joiner = "CAST(%(expressions)s AS BLOB)", " || char(9) || "

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        sql, parameters = self.as_sql(
            compiler, connection, template="convert_to(%(expressions)s, 'UTF8')", arg_joiner=" || chr(9) || "
        )
        return sql, list(parameters)


class Listing(models.Model):
    """One image as it was listed, from snapshot `first` until before snapshot `ended` (null: still listed)."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="listings", db_index=False)
    image_id = models.CharField(max_length=MAX_LENGTH)
    type = models.CharField(max_length=MAX_LENGTH)
    name = models.CharField(max_length=MAX_LENGTH)
    version = models.CharField(max_length=MAX_LENGTH)
    first = models.PositiveIntegerField()
    ended = models.PositiveIntegerField(null=True)
    seen = models.PositiveIntegerField()  # the snapshot that first ever listed this id

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            # Also serves the current page in the order of names.
            models.UniqueConstraint(
                fields=["catalog", "name", "version", "image_id", "type"],
                condition=Q(ended=None),
                name="listing_open",
            ),
            models.CheckConstraint(condition=Q(ended=None) | Q(ended__gt=F("first")), name="listing_half_open"),
        ]
        indexes = [
            models.Index(fields=["catalog", "ended"], condition=Q(ended__isnull=False), name="listing_ended"),
            models.Index(fields=["catalog", "first"], name="listing_first"),
            models.Index(fields=["catalog", "first"], condition=Q(ended=None), name="listing_open_first"),
            models.Index(fields=["catalog", "image_id", "first"], name="listing_of_image"),
            # Numbers in their natural order.
            models.Index(
                "catalog", Length("image_id"), "image_id", condition=Q(ended=None), name="listing_open_natural"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} {self.name} {self.version} ({self.type})"

    @property
    def image(self) -> ImageRecord:
        return ImageRecord(self.image_id, self.type, self.name, self.version)


class Note(models.Model):
    """What a team wants to remember of an image, as `base of the Maya template`."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="notes")
    image_id = models.CharField(max_length=MAX_LENGTH)
    text = models.CharField(max_length=LONGEST_NOTE)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [models.UniqueConstraint(fields=["catalog", "image_id"], name="one_note_an_image")]

    def __str__(self) -> str:
        return f"{self.image_id}: {self.text}"


class Sweep(models.Model):
    """When the scheduler last looked for what is due: one row, read by /readyz and the web process's watch."""

    at = models.DateTimeField()
    silence_told_at = models.DateTimeField(null=True)  # since when administrators know by mail that none came

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"
