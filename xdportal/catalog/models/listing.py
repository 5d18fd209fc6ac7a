"""When each item was listed: one table a kind of record, all of one shape."""

import hashlib
from itertools import chain
from typing import Any, ClassVar, Self

from django.db import connection as database
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Length
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

from xdportal.provider import kinds
from xdportal.provider.fields import MAX_LENGTH
from xdportal.provider.kinds import ImageRecord, PackageRecord, PersonalRecord
from xdportal.provider.records import Line, Record

DIGEST_SIZE = 8
Row = tuple[int | str | bytes, ...]
BATCH = 2000  # rows that are fetched at a time


class AsLine(Func):
    """Columns as one line of a record, put together by the database."""

    output_field = models.BinaryField()
    template = "CAST(%(expressions)s AS BLOB)"
    arg_joiner = " || char(9) || "

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        template = "convert_to(%(expressions)s, 'UTF8')"
        joiner = " || chr(9) || "
        sql, parameters = self.as_sql(compiler, connection, template=template, arg_joiner=joiner)
        return sql, list(parameters)


class AsNumber(Func):
    """A text as a number, to order and compare by; null where it is none."""

    output_field = models.DecimalField(max_digits=40, decimal_places=10)
    template = "CAST(NULLIF(%(expressions)s, '') AS NUMERIC)"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        plain = r"'^-?[0-9]+(\.[0-9]+)?$'"
        sql = f"CASE WHEN {column} ~ {plain} THEN CAST({column} AS NUMERIC) END"
        return sql, [*parameters, *parameters]


class Listings(models.QuerySet[Any]):
    """Listings of one catalog, as a rule."""

    def current(self) -> Self:
        return self.filter(ended=None)

    def as_of(self, number: int) -> Self:
        """The list that snapshot `number` holds."""
        return self.filter(Q(ended=None) | Q(ended__gt=number), first__lte=number)

    def withdrawn(self, since: int = 1) -> Self:
        """The last listings of ids no longer listed that went with snapshot `since` or later."""
        same_id = self.model.objects.filter(
            catalog=OuterRef("catalog"), item_id=OuterRef("item_id")
        )
        later = same_id.filter(Q(ended=None) | Q(ended__gt=OuterRef("ended")))
        return self.filter(~Exists(later), ended__gte=max(since, 1))

    def in_natural_order(self, *, numeric: bool) -> Self:
        """By id; as numbers where all ids are numbers (shorter is smaller: no leading zeros)."""
        if numeric:
            return self.order_by(Length("item_id"), "item_id", "pk")
        return self.order_by("item_id", "pk")

    def lines(self) -> frozenset[Line]:
        """Return the records as a set of lines. One query."""
        rows = self.order_by().values_list(AsLine(*self.model.columns()))
        sql, parameters = rows.query.sql_with_params()
        with database.cursor() as cursor:
            cursor.execute(sql, parameters)
            batches = iter(lambda: cursor.fetchmany(BATCH), [])
            fetched = chain.from_iterable(batches)
            return frozenset(chain.from_iterable(fetched))


class Listing(models.Model):
    """One item as listed from snapshot `first` until before snapshot `ended` (null: still
    listed).
    """

    record_type: ClassVar[type[Any]]  # a NamedTuple, the id first

    catalog = models.ForeignKey(
        "catalog.Catalog",
        verbose_name=_("list"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    item_id = models.CharField(_("ID"), max_length=MAX_LENGTH)
    first = models.PositiveIntegerField()
    ended = models.PositiveIntegerField(null=True)
    first_seen = models.PositiveIntegerField()  # the snapshot that first ever listed this id

    objects = Listings.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return " ".join(text for text in self.record if text)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the fields of this model in the order of the record's."""
        return ("item_id", *cls.record_type._fields[1:])

    @classmethod
    def written_fields(cls) -> tuple[str, ...]:
        """Return the fields that are written when a listing begins, in the order of `row`."""
        return ("catalog", "first", "first_seen", *cls.columns())

    @classmethod
    def row(cls, catalog_id: int, line: Line, first: int, first_seen: int) -> Row:
        """Return what is written when a record's line begins to be listed."""
        return (catalog_id, first, first_seen, *line.decode().split("\t"))

    @property
    def record(self) -> Record:
        record: Record = self.record_type(*(getattr(self, name) for name in self.columns()))
        return record

    @property
    def last_change(self) -> int:
        """The number of the snapshot that ended it, or that began it while it is listed."""
        return self.ended or self.first


def _constraints(prefix: str, content: list[str]) -> list[models.BaseConstraint]:
    """Return the constraints of a listing table; `content` tells open rows of one catalog apart."""
    ends_after_it_began = Q(ended=None) | Q(ended__gt=F("first"))
    return [
        models.UniqueConstraint(
            fields=["catalog", *content], condition=Q(ended=None), name=f"{prefix}_open"
        ),
        models.CheckConstraint(condition=ends_after_it_began, name=f"{prefix}_half_open"),
    ]


def _indexes(prefix: str, of_item: str) -> list[models.Index]:
    is_open = Q(ended=None)
    is_ended = Q(ended__isnull=False)
    return [
        models.Index(fields=["catalog", "ended"], condition=is_ended, name=f"{prefix}_ended"),
        models.Index(fields=["catalog", "first"], name=f"{prefix}_first"),
        models.Index(fields=["catalog", "first"], condition=is_open, name=f"{prefix}_open_first"),
        models.Index(fields=["catalog", "item_id", "first"], name=of_item),
        # Numbers in their natural order: of any list of the past, and of what is listed.
        models.Index("catalog", Length("item_id"), "item_id", name=f"{prefix}_natural"),
        models.Index(
            "catalog",
            Length("item_id"),
            "item_id",
            condition=is_open,
            name=f"{prefix}_open_natural",
        ),
    ]


class ImageListing(Listing):
    """Table and columns are those of the first version, so that no row has to be rewritten."""

    record_type = ImageRecord

    item_id = models.CharField(_("ID"), max_length=MAX_LENGTH, db_column="image_id")
    type = models.CharField(_("type"), max_length=MAX_LENGTH)
    name = models.CharField(_("name"), max_length=MAX_LENGTH)
    version = models.CharField(_("version"), max_length=MAX_LENGTH)
    first_seen = models.PositiveIntegerField(db_column="seen")

    class Meta:
        db_table = "catalog_listing"
        verbose_name = _("listing of an image")
        verbose_name_plural = _("listings of images")
        # The unique constraint also serves the current page in the order of names.
        constraints = _constraints("listing", ["name", "version", "item_id", "type"])
        indexes = _indexes("listing", "listing_of_image")


class HashedListing(Listing):
    """A listing of many texts: an index over all of them would be too long for PostgreSQL."""

    digest = models.BinaryField(max_length=DIGEST_SIZE)  # of its line

    class Meta:
        abstract = True

    @classmethod
    def written_fields(cls) -> tuple[str, ...]:
        return (*super().written_fields(), "digest")

    @classmethod
    def row(cls, catalog_id: int, line: Line, first: int, first_seen: int) -> Row:
        digest = hashlib.blake2b(line, digest_size=DIGEST_SIZE).digest()
        return (*super().row(catalog_id, line, first, first_seen), digest)


class PackageListing(HashedListing):
    """Numbers and prices are texts in their one canonical form, so that none loses a digit."""

    record_type = PackageRecord

    name = models.CharField(_("name"), max_length=MAX_LENGTH)
    type = models.CharField(_("type"), max_length=MAX_LENGTH)
    gpu = models.CharField(_("GPU"), max_length=MAX_LENGTH)
    gpu_count = models.CharField(_("number of GPUs"), max_length=MAX_LENGTH)
    cpu = models.CharField(_("CPU"), max_length=MAX_LENGTH)
    memory = models.CharField(_("memory"), max_length=MAX_LENGTH)
    disk = models.CharField(_("disk"), max_length=MAX_LENGTH)
    bandwidth = models.CharField(_("bandwidth"), max_length=MAX_LENGTH)
    area = models.CharField(_("data center"), max_length=MAX_LENGTH)
    machine_type = models.CharField(_("machine type"), max_length=MAX_LENGTH)
    use_type = models.CharField(_("use"), max_length=MAX_LENGTH)
    price = models.CharField(_("price"), max_length=MAX_LENGTH)
    discount = models.CharField(_("discount"), max_length=MAX_LENGTH)

    class Meta:
        verbose_name = _("listing of a package")
        verbose_name_plural = _("listings of packages")
        constraints = _constraints("package", ["item_id", "digest"])
        indexes = _indexes("package", "listing_of_package")


class PersonalListing(HashedListing):
    record_type = PersonalRecord

    image_id = models.CharField(_("image ID"), max_length=MAX_LENGTH)
    name = models.CharField(_("name"), max_length=MAX_LENGTH)
    os = models.CharField(_("system"), max_length=MAX_LENGTH)
    size = models.CharField(_("size"), max_length=MAX_LENGTH)
    data_center = models.CharField(_("data center"), max_length=MAX_LENGTH)
    status = models.CharField(_("status"), max_length=MAX_LENGTH)
    created = models.CharField(_("created"), max_length=MAX_LENGTH)

    class Meta:
        verbose_name = _("listing of a personal image")
        verbose_name_plural = _("listings of personal images")
        constraints = _constraints("personal", ["item_id", "digest"])
        indexes = _indexes("personal", "listing_of_personal")


LISTINGS: dict[str, type[Listing]] = {
    kinds.IMAGES.name: ImageListing,
    kinds.PACKAGES_PAYG.name: PackageListing,
    kinds.PACKAGES_RENTAL.name: PackageListing,
    kinds.PERSONAL.name: PersonalListing,
}
