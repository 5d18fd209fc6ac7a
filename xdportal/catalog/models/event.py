from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import Team
from xdportal.catalog.models.catalog import Catalog
from xdportal.catalog.models.due import holds
from xdportal.connections.models import Connection
from xdportal.lib import dates

LEASE = timedelta(seconds=60)  # of a receiver that works on events


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__", "connection__uuid")

    def for_inbox(self) -> Self:
        """Leave out changes of lists: they are many, and have a page of their own."""
        return self.exclude(type=Event.Type.CATALOG_CHANGED)

    def unhandled(self, at: datetime) -> Self:
        """Return events that no receiver has handled or is working on."""
        return self.filter(handled_at=None).exclude(holds("claimed_until", at, LEASE))

    def claim(self, at: datetime, most: int) -> list["Event"]:
        """Take the oldest unhandled events under a lease; an expired lease is anyone's again.

        Two statements and one read. Concurrent receivers never get the same event.
        """
        until = at + LEASE
        candidates = list(self.unhandled(at).order_by("pk").values_list("pk", flat=True)[:most])
        claimed = [
            pk for pk in candidates if self.unhandled(at).filter(pk=pk).update(claimed_until=until)
        ]
        return list(self.filter(pk__in=claimed).order_by("pk"))


def event_types() -> list[tuple[str, Any]]:
    """Return the choices of a type. As a function they are no part of the migrations."""
    return list(Event.Type.choices)


class Event(models.Model):
    """What happened to a list, a connection or a pin, written in the transaction of its cause."""

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
        CATALOG_EXPECTED = "catalog.expected", _("An expected change did not happen")
        PIN_WITHDRAWN = "pin.withdrawn", _("A pinned ID was withdrawn")
        PIN_MEANING_CHANGED = "pin.meaning_changed", _("A pinned ID means something else")
        PIN_REUSED = "pin.reused", _("A pinned ID was reused")
        PIN_EXPIRED = "pin.expired", _("A pinned image expired")
        PIN_AMBIGUOUS = "pin.ambiguous", _("A pinned ID is listed more than once")
        PIN_RENAMED = "pin.renamed", _("A pinned ID is spelled differently")
        PIN_TOO_DEAR = "pin.too_dear", _("A pinned package costs more than its limit")
        PIN_NEWER = "pin.newer", _("A newer version of a pinned image is listed")
        PIN_UNKNOWN = "pin.unknown", _("The state of a pin is unknown")
        PIN_RETURNED = "pin.returned", _("A pinned ID is listed again")
        PIN_RECOVERED = "pin.recovered", _("A pin is fine again")

    class Level(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        WARNING = "warning", _("Warning")
        INFO = "info", _("Notice")

    class Silence(models.TextChoices):
        """Why an event is shown, but not sent."""

        NONE = "", ""
        MUTED = "muted", _("muted")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        EXPECTED = "expected", _("expected")

    type = models.CharField(_("type"), max_length=32, choices=event_types)
    level = models.CharField(_("level"), max_length=8, choices=Level, default=Level.INFO)
    at = models.DateTimeField(_("time"))
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="+"
    )
    connection = models.ForeignKey(
        Connection,
        verbose_name=_("connection"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    catalog = models.ForeignKey(
        Catalog, verbose_name=_("list"), null=True, on_delete=models.CASCADE, related_name="events"
    )
    data = models.JSONField(_("data"), default=dict)
    # The uuid of what it is about, if that is a thing of an upper room, such as a pin.
    subject = models.UUIDField(_("object’s UUID"), null=True)
    silence = models.CharField(
        _("why it is not sent"), max_length=12, choices=Silence, blank=True, default=""
    )
    claimed_until = models.DateTimeField(
        _("claimed until"), null=True
    )  # the lease of the receiver at work on it
    handled_at = models.DateTimeField(_("handled"), null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["id"], condition=Q(handled_at=None), name="event_unhandled"),
            models.Index(fields=["team", "-id"], name="event_of_team"),  # inbox, feed and API
            # What an inbox holds: changes of lists are many, and not in it.
            models.Index(
                fields=["team", "-id"],
                condition=~Q(type="catalog.changed"),
                name="event_of_inbox",
            ),
            models.Index(
                fields=["subject", "-id"],
                condition=Q(subject__isnull=False),
                name="event_of_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {dates.second(self.at)}"

    @property
    def is_for_inbox(self) -> bool:
        return self.type != self.Type.CATALOG_CHANGED

    @classmethod
    def level_of(cls, type: str) -> str:
        """Return the level that events of this type usually have."""
        return LEVELS.get(type, cls.Level.INFO)


_Type = Event.Type
_CRITICAL = (
    *(_Type.PIN_WITHDRAWN, _Type.PIN_MEANING_CHANGED, _Type.PIN_REUSED, _Type.PIN_EXPIRED),
    *(_Type.CONNECTION_ATTENTION, _Type.CATALOG_STALE),
)
_WARNING = (
    *(_Type.PIN_RENAMED, _Type.PIN_AMBIGUOUS, _Type.PIN_TOO_DEAR, _Type.PIN_UNKNOWN),
    *(_Type.CATALOG_HELD, _Type.CATALOG_FAILING, _Type.CONNECTION_PAUSED),
)
LEVELS: dict[str, str] = {
    **dict.fromkeys(_CRITICAL, Event.Level.CRITICAL),
    **dict.fromkeys(_WARNING, Event.Level.WARNING),
}
