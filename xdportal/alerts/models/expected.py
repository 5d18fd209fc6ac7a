import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import Team, User
from xdportal.catalog.models import Catalog
from xdportal.lib import dates


class ExpectedChangeQuerySet(models.QuerySet["ExpectedChange"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__", "catalog__connection__uuid")

    def running(self, at: datetime) -> Self:
        return self.filter(starts_at__lte=at, ends_at__gt=at, closed_at=None)

    def over(self, at: datetime) -> Self:
        """Those that have ended, and whose end was not yet written as an event."""
        return self.filter(ends_at__lte=at, closed_at=None)


class ExpectedChange(models.Model):
    """A time in which changes of a list are no news. Without ids and systems, all changes."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    ids = models.JSONField(default=list)
    systems = models.JSONField(default=list)  # names, in any letter case
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    matched = models.PositiveIntegerField(default=0)  # events
    closed_at = models.DateTimeField(null=True)

    objects = ExpectedChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("expected change")
        verbose_name_plural = _("expected changes")
        ordering = ["-ends_at"]

    def __str__(self) -> str:
        return self.note or dates.minute(self.starts_at)


class ReadMark(models.Model):
    """Up to which event a person has read a team's inbox, and which later ones singly."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    event_id = models.BigIntegerField(default=0)  # this and all before are read
    singly = models.JSONField(default=list)  # ids of later events

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="one_read_mark")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.team_id} {self.event_id}"
