from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import Team
from xdportal.catalog.models.catalog import Catalog
from xdportal.connections.models import Connection


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__", "connection__uuid")

    def unhandled(self, at: datetime) -> Self:
        """What no receiver has handled, and none is at work on."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=at)
        return self.filter(free, handled_at=None)

    def claim(self, at: datetime, seconds: int, most: int) -> list["Event"]:
        """Take the oldest unhandled events under a lease; an expired lease is anyone's again.

        Two statements and one read. Concurrent receivers never get the same event.
        """
        until = at + timedelta(seconds=seconds)
        candidates = list(self.unhandled(at).order_by("pk").values_list("pk", flat=True)[:most])
        claimed = [pk for pk in candidates if self.unhandled(at).filter(pk=pk).update(claimed_until=until)]
        return list(self.filter(pk__in=claimed).order_by("pk"))


class Event(models.Model):
    """What happened to a list or a connection, written in the transaction that made it happen."""

    class Type(models.TextChoices):
        CATALOG_CHANGED = "catalog.changed", _("The list changed")
        CATALOG_HELD = "catalog.held", _("An unusual answer is waiting for confirmation")
        CATALOG_RELEASED = "catalog.released", _("An unusual answer was settled")
        CATALOG_FAILING = "catalog.failing", _("Checks keep failing")
        CATALOG_RECOVERED = "catalog.recovered", _("Checks work again")
        CATALOG_STALE = "catalog.stale", _("The list is out of date")
        CATALOG_FRESH = "catalog.fresh", _("The list is up to date again")
        CONNECTION_ATTENTION = "connection.attention", _("The connection needs attention")
        CONNECTION_RECOVERED = "connection.recovered", _("The connection works again")
        CONNECTION_PAUSED = "connection.paused", _("The connection was paused")

    type = models.CharField(max_length=32, choices=Type)
    at = models.DateTimeField()
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="+")
    catalog = models.ForeignKey(Catalog, null=True, on_delete=models.CASCADE, related_name="events")
    data = models.JSONField(default=dict)
    claimed_until = models.DateTimeField(null=True)  # the lease of the receiver at work on it
    handled_at = models.DateTimeField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["id"], condition=Q(handled_at=None), name="event_unhandled"),
            models.Index(fields=["team", "-id"], name="event_of_team"),  # inbox, feed and API
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.at:%Y-%m-%d %H:%M:%S}"
