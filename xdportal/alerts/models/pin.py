import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import Team, User
from xdportal.catalog.models import Catalog
from xdportal.lib import dates
from xdportal.provider.fields import MAX_LENGTH

LONGEST_NAME = 100
LONGEST_NOTE = 500
LONGEST_SOURCE = 200


class PinQuerySet(models.QuerySet["Pin"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__", "catalog__connection__uuid")

    def muted(self, at: datetime) -> Self:
        return self.filter(muted_until__gt=at)

    def calling(self, at: datetime) -> Self:
        """Those that broke, by what was announced last, and that nobody has silenced."""
        broken = self.filter(announced__level="critical")
        silenced = Q(muted_until__gt=at) | Q(acknowledged_mark=F("announced__mark"))
        return broken.exclude(silenced)

    def with_target(self) -> Self:
        """Join what an evaluation and a record need."""
        return self.select_related("current", "catalog__connection__team")


class Pin(models.Model):
    """A team's named reference to an id. Only a person moves it, and that is a new revision."""

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="pins"
    )
    catalog = models.ForeignKey(
        Catalog, verbose_name=_("list"), on_delete=models.CASCADE, related_name="pins"
    )
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    item_id = models.CharField(_("ID"), max_length=MAX_LENGTH)  # a copy of the current revision's
    current = models.ForeignKey(
        "PinRevision", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # null only until the first revision is written
    note = models.CharField(_("note"), max_length=LONGEST_NOTE, blank=True, default="")
    owner = models.ForeignKey(
        User,
        verbose_name=pgettext_lazy("a pin", "owner"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    ceiling = models.DecimalField(
        _("price limit"), max_digits=20, decimal_places=8, null=True, blank=True
    )
    exact = models.BooleanField(_("another version is critical"), default=False)
    newer = models.BooleanField(_("alert when a newer version is listed"), default=False)
    remind_days = models.PositiveSmallIntegerField(_("remind every … days"), null=True, blank=True)
    muted_until = models.DateTimeField(_("muted until"), null=True)
    mute_reason = models.CharField(
        _("why it is muted"), max_length=LONGEST_NOTE, blank=True, default=""
    )
    muted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    muted_at = models.DateTimeField(null=True)
    # The finding's mark that is acknowledged: any other state speaks again.
    acknowledged_mark = models.CharField(max_length=64, blank=True, default="")
    acknowledged_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_note = models.CharField(max_length=LONGEST_NOTE, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = PinQuerySet.as_manager()

    class Meta:
        verbose_name = _("pin")
        verbose_name_plural = _("pins")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="one_pin_a_name")]
        indexes = [models.Index(fields=["catalog", "item_id"], name="pin_of_item")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/pins/{self.uuid}/"

    @property
    def revision(self) -> "PinRevision":
        assert self.current is not None  # noqa: S101
        return self.current

    def is_muted(self, at: datetime) -> bool:
        return self.muted_until is not None and self.muted_until > at


class PinRevision(models.Model):
    """What a pin's name stood for from some time on. Never changed."""

    pin = models.ForeignKey(Pin, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("revision"))
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="+")
    item_id = models.CharField(_("ID"), max_length=MAX_LENGTH)
    # The fields of the meaning as texts; empty for an id that was not listed before: then it means
    # what it means when it is first listed.
    meaning = models.JSONField(default=dict)
    snapshot = models.PositiveIntegerField(default=0)  # the latest one's number; 0: never read
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("revision of a pin")
        verbose_name_plural = _("revisions of pins")
        ordering = ["pin", "number"]
        constraints = [
            models.UniqueConstraint(fields=["pin", "number"], name="one_revision_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} ({self.number})"


class PinSource(models.Model):
    """Where a pin is used: `repository path:line`. `declared` ones belong to a pipeline's list."""

    pin = models.ForeignKey(Pin, on_delete=models.CASCADE, related_name="sources")
    text = models.CharField(max_length=LONGEST_SOURCE)
    declared = models.BooleanField(default=False)

    class Meta:
        ordering = ["text"]
        constraints = [models.UniqueConstraint(fields=["pin", "text"], name="one_source_a_pin")]

    def __str__(self) -> str:
        return self.text


class PinState(models.Model):
    """The transition that was announced last. Bookkeeping only: the truth is evaluated each time.

    `known` fields are those of the last announced state that was not unknown.
    """

    pin = models.OneToOneField(Pin, on_delete=models.CASCADE, related_name="announced")
    state = models.CharField(max_length=16)
    mark = models.CharField(max_length=64)
    level = models.CharField(max_length=8, blank=True, default="")  # empty: nothing to do
    known_state = models.CharField(max_length=16, blank=True, default="")
    known_mark = models.CharField(max_length=64, blank=True, default="")
    since = models.DateTimeField()  # of the present state
    at = models.DateTimeField()  # when it was announced
    spoken_at = models.DateTimeField()  # or reminded of

    class Meta:
        indexes = [models.Index(fields=["state"], name="pin_state")]

    def __str__(self) -> str:
        return f"{self.pin_id} {self.state}"


class CatalogMute(models.Model):
    """A whole list is silent until some time."""

    catalog = models.OneToOneField(Catalog, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()
    reason = models.CharField(max_length=LONGEST_NOTE)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.catalog_id} until {dates.minute(self.until)}"


class RecipeQuerySet(models.QuerySet["Recipe"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """A viewer confined to some connections sees recipes whose parts are both theirs."""
        rows = visible(self, viewer, "team__", "image__catalog__connection__uuid")
        if viewer.connections is None:
            return rows
        return rows.filter(package__catalog__connection__uuid__in=sorted(viewer.connections))

    def of_pins(self, pins: Any) -> Self:
        return self.filter(Q(image__in=pins) | Q(package__in=pins))


class Recipe(models.Model):
    """A pinned image and a pinned package that must work together."""

    class Billing(models.TextChoices):
        BY_THE_HOUR = Catalog.Kind.PACKAGES_PAYG.value, Catalog.Kind.PACKAGES_PAYG.label
        FOR_A_PERIOD = Catalog.Kind.PACKAGES_RENTAL.value, Catalog.Kind.PACKAGES_RENTAL.label

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="recipes")
    label = models.CharField(_("name"), max_length=LONGEST_NAME)
    image = models.ForeignKey(Pin, on_delete=models.CASCADE, related_name="+")
    package = models.ForeignKey(Pin, on_delete=models.CASCADE, related_name="+")
    billing = models.CharField(_("billing"), max_length=16, choices=Billing)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = RecipeQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipe")
        verbose_name_plural = _("recipes")
        ordering = ["label", "pk"]
        constraints = [models.UniqueConstraint(fields=["team", "label"], name="one_recipe_a_label")]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return "/recipes/"
