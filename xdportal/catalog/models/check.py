from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.models.catalog import Catalog
from xdportal.connections.words import OUTCOMES
from xdportal.lib import dates
from xdportal.provider.envelope import MAX_MSG, MAX_TRACE_ID


class Outcome(models.TextChoices):
    OK = "ok", _("OK")
    OK_WITH_WARNINGS = "ok_with_warnings", _("OK, with warnings")
    SUSPECT = "suspect", _("Unusual, held back")
    AUTH = "auth", OUTCOMES["auth"]
    DENIED = "denied", OUTCOMES["denied"]
    BUSY = "busy", OUTCOMES["busy"]
    PROVIDER = "provider", OUTCOMES["provider"]
    RATE_LIMITED = "rate_limited", OUTCOMES["rate_limited"]
    TRANSPORT = "transport", OUTCOMES["transport"]
    TIMEOUT = "timeout", OUTCOMES["timeout"]
    BAD_DATA = "bad_data", OUTCOMES["bad_data"]
    TOO_LARGE = "too_large", OUTCOMES["too_large"]
    ABORTED = "aborted", _("Interrupted")
    SKIPPED = "skipped", _("Not checked")


GOOD_OUTCOMES = frozenset({Outcome.OK, Outcome.OK_WITH_WARNINGS})


class CheckQuerySet(models.QuerySet["Check"]):
    def newest_first(self) -> Self:
        return self.order_by("-started", "-pk")

    def before(self, started: datetime, pk: int) -> Self:
        """Return what follows a check in the order of `newest_first()`."""
        return self.filter(Q(started__lt=started) | Q(started=started, pk__lt=pk))

    def good(self) -> Self:
        return self.filter(outcome__in=GOOD_OUTCOMES)


class Check(models.Model):
    """One attempt to fetch a catalog. Written once, when it is over."""

    catalog = models.ForeignKey(
        Catalog, verbose_name=_("list"), on_delete=models.CASCADE, related_name="checks"
    )
    started = models.DateTimeField(_("started"))
    ended = models.DateTimeField(_("ended"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    reason = models.CharField(
        _("reason"), max_length=20, blank=True, default=""
    )  # explained by catalog/words
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    code = models.BigIntegerField(_("code"), null=True)
    msg = models.CharField(_("message"), max_length=MAX_MSG, blank=True, default="")
    trace_id = models.CharField(_("trace ID"), max_length=MAX_TRACE_ID, blank=True, default="")
    item_count = models.PositiveIntegerField(_("number of items"), default=0)
    ignored_count = models.PositiveIntegerField(_("ignored items"), default=0)
    # {"ignored": the first ten, "duplicates": n, "conflicts": n}; null without warnings
    warnings = models.JSONField(_("warnings"), null=True)
    snapshot = models.ForeignKey(
        "Snapshot",
        verbose_name=_("snapshot"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="checks",
    )

    objects = CheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        # For the strip, the list and the days of a catalog.
        indexes = [models.Index(fields=["catalog", "-started"], name="check_of_catalog")]

    def __str__(self) -> str:
        return f"{dates.second(self.started)} {self.outcome}"

    def get_absolute_url(self) -> str:
        return catalog_url(self.catalog.slug, self.catalog.kind, "check", self.pk)

    @property
    def duration_ms(self) -> int:
        return round((self.ended - self.started).total_seconds() * 1000)

    @property
    def is_good(self) -> bool:
        return self.outcome in GOOD_OUTCOMES

    @property
    def is_refusal(self) -> bool:
        """Whether the credential was refused."""
        return self.outcome == Outcome.AUTH

    @property
    def made_snapshot(self) -> bool:
        """Whether this check recorded its snapshot, instead of confirming it. No query if
        joined.
        """
        return self.snapshot is not None and self.snapshot.recorded_at == self.ended
