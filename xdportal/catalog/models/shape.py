from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.models.catalog import Catalog
from xdportal.connections.models import Connection
from xdportal.provider.shape import Deviation


class ShapeChangeQuerySet(models.QuerySet["ShapeChange"]):
    def note(self, catalog: Catalog, found: Deviation, at: datetime) -> "ShapeChange | None":
        """Return the change if it was not noted before; else only its time is renewed.

        Every connection meets the same change of the provider: administrators hear of it once.
        """
        row, is_new = self.get_or_create(
            kind=catalog.kind,
            environment=catalog.connection.environment,
            what=found.what,
            field=found.field,
            json_type=found.type,
            defaults={"example": found.example, "at": at, "last_at": at, "catalog": catalog},
        )
        if is_new:
            return row
        self.filter(pk=row.pk).update(last_at=at)
        return None

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class ShapeChange(models.Model):
    """A field of the provider's answers that is new, missing or of another type."""

    class What(models.TextChoices):
        NEW = "new", _("new field")
        MISSING = "missing", _("missing field")
        TYPE = "type", _("another type")

    kind = models.CharField(_("list"), max_length=16, choices=Catalog.Kind)
    environment = models.CharField(_("environment"), max_length=16, choices=Connection.Environment)
    what = models.CharField(_("change"), max_length=8, choices=What)
    field = models.CharField(_("field"), max_length=64)
    json_type = models.CharField(_("type"), max_length=8, blank=True)
    example = models.CharField(_("example"), max_length=64, blank=True)
    at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))
    catalog = models.ForeignKey(
        Catalog, verbose_name=_("list"), null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ShapeChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the provider’s answers")
        verbose_name_plural = _("changes of the provider’s answers")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "environment", "what", "field", "json_type"],
                name="one_shape_change",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.field}: {self.get_what_display()}"
