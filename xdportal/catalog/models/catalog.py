from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.models.due import (
    SKEW,
    holds,
    is_due,
    lease_expired,
    longest_lease,
    longest_message,
    longest_wait,
    still_holds,
)
from xdportal.catalog.models.listing import LISTINGS, Listing, Listings
from xdportal.connections.models import LONGEST_WAIT, Connection, ListKind
from xdportal.lib import dates

if TYPE_CHECKING:
    from xdportal.catalog.models.check import Check
    from xdportal.catalog.models.snapshot import QuarantinedAnswer


class CatalogQuerySet(models.QuerySet["Catalog"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "connection__team__", "connection__uuid")

    def enabled(self) -> Self:
        """Leave out the lists that are switched off on their connection's page."""
        return self.filter(enabled=True)

    def startable(self, at: datetime) -> Self:
        """Leave out what is switched off, paused, or held back by the provider's Retry-After."""
        held_back = holds("connection__not_before", at, LONGEST_WAIT)
        return self.enabled().exclude(connection__state=Connection.State.PAUSED).exclude(held_back)

    def stale(self, at: datetime) -> Self:
        """Without a trusted check for twice the interval. A paused connection is meant to be
        old.
        """
        # Cast: SQLite multiplies a duration by an IntegerField alone.
        seconds = Cast("connection__interval", models.IntegerField())
        twice = ExpressionWrapper(seconds * timedelta(seconds=2), models.DurationField())
        limit = ExpressionWrapper(Value(at) - twice, models.DateTimeField())
        trusted = Coalesce("last_ok_at", "connection__created_at")
        rows = self.annotate(last_trusted=trusted, stale_before=limit)
        is_old = Q(last_trusted__lt=F("stale_before"))
        old = rows.filter(is_old | Q(last_trusted__gt=at + SKEW))
        return old.enabled().exclude(connection__state=Connection.State.PAUSED)

    def due(self, at: datetime) -> Self:
        """To be checked now; an expired lease makes due at once."""
        free_and_due = Q(lease_until=None) & is_due(at)
        return self.startable(at).filter(free_and_due | lease_expired(at))

    def not_queued(self, at: datetime) -> Self:
        """Leave out those for which a message is on its way."""
        return self.exclude(holds("queued_until", at, longest_message()))


class Catalog(models.Model):
    """One list of one connection, with its schedule and the lease of the running check."""

    Kind = ListKind

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="catalogs")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.IMAGES)
    enabled = models.BooleanField(default=True)  # a copy of what the connection's page says
    next_check_at = models.DateTimeField(_("next check"))
    queued_until = models.DateTimeField(null=True)  # until then a message for it is on its way
    lease_holder = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    lease_started = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    problem = models.CharField(
        max_length=20, blank=True, default=""
    )  # of this list alone: a reason
    answer_digest = models.BinaryField(max_length=32, default=b"")  # of the last answer's bytes
    shape = models.JSONField(default=dict, editable=False)  # {field: JSON types it has had}
    latest_snapshot = models.ForeignKey(
        "Snapshot", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    latest_check = models.ForeignKey(
        "Check", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    last_ok_at = models.DateTimeField(_("last successful check"), null=True)
    stale_since = models.DateTimeField(null=True)  # set and cleared with the events that say so

    objects = CatalogQuerySet.as_manager()

    class Meta:
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind"], name="one_catalog_a_kind")
        ]
        indexes = [models.Index(fields=["next_check_at"], name="catalog_due")]  # the sweep's query

    def __str__(self) -> str:
        return str(self.connection)

    def get_absolute_url(self) -> str:
        return catalog_url(self.slug, self.kind, "items")

    @property
    def slug(self) -> str:
        return self.connection.slug

    @property
    def listing_model(self) -> type[Listing]:
        return LISTINGS[self.kind]

    @property
    def listings(self) -> Listings:
        return self.listing_model.objects.filter(catalog=self.pk)

    @property
    def latest_number(self) -> int:
        """The number of the latest snapshot; 0 before the first."""
        return self.latest_snapshot.number if self.latest_snapshot else 0

    @property
    def quarantined_answer(self) -> "QuarantinedAnswer | None":
        return getattr(self, "quarantined", None)

    @property
    def trouble(self) -> "Check | None":
        """The latest check, if it failed and the credential it failed with is still the same."""
        check = self.latest_check
        if not self.enabled or check is None or check.is_good:
            return None
        saved_at = self.connection.credential_saved_at
        was_replaced = saved_at is not None and check.started < saved_at
        return None if was_replaced and check.is_refusal else check

    @property
    def trusted_at(self) -> datetime:
        return self.last_ok_at or self.connection.created_at

    def is_stale(self, at: datetime) -> bool:
        """Whether the last trusted check is older than twice the interval, or still to come."""
        age = at - self.trusted_at
        return not -SKEW <= age <= timedelta(seconds=2 * self.connection.interval)

    def is_running(self, at: datetime) -> bool:
        return still_holds(self.lease_until, at, longest_lease())

    def is_queued(self, at: datetime) -> bool:
        return still_holds(self.queued_until, at, longest_message())

    def is_due(self, at: datetime) -> bool:
        """Whether the time of the next check has come; it may still be refused."""
        wait = longest_wait(self.connection.interval)
        return not still_holds(self.next_check_at, at, wait)


class Sweep(models.Model):
    """When the scheduler last looked for what is due: one row, read by /readyz and the watchdog."""

    at = models.DateTimeField()
    silence_told_at = models.DateTimeField(null=True)  # when administrators were mailed about it

    def __str__(self) -> str:
        return dates.second(self.at)

    @classmethod
    def note(cls, at: datetime) -> None:
        values: dict[str, Any] = {"at": at}
        cls.objects.update_or_create(pk=1, defaults=values)
