"""What programs without a key may read: feeds and badges, by a token in their address."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer, visible
from xdportal.accounts.models import Team, User
from xdportal.alerts.models.pin import LONGEST_NAME, LONGEST_SOURCE, Pin, Recipe

USE_NOTED_EVERY = timedelta(minutes=1)


class Instance(models.Model):
    """Who this portal is, wherever it moves: the ids of its events are made with it. One row."""

    uuid = models.UUIDField(default=uuid4, editable=False)

    def __str__(self) -> str:
        return str(self.uuid)

    @classmethod
    def uuid_of_this(cls) -> UUID:
        found, _is_new = cls.objects.get_or_create(pk=1)
        return found.uuid


class PublicTokenQuerySet(models.QuerySet["PublicToken"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__")


class PublicToken(models.Model):
    """Opens feeds or a badge of a team, as its creator sees them now. Only a hash is kept."""

    class Kind(models.TextChoices):
        FEEDS = "feeds", _("feeds")
        BADGE = "badge", _("badge")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    creator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    kind = models.CharField(max_length=5, choices=Kind)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # What a badge is about: a pin, a recipe, or all pins of a source.
    pin = models.ForeignKey(Pin, null=True, on_delete=models.CASCADE, related_name="+")
    recipe = models.ForeignKey(Recipe, null=True, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=LONGEST_SOURCE, blank=True, default="")
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"), null=True)

    objects = PublicTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token of a feed or badge")
        verbose_name_plural = _("tokens of feeds and badges")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def note_use(self, at: datetime) -> None:
        """Note that it was used, at most once a minute."""
        due = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_NOTED_EVERY)
        PublicToken.objects.filter(due, pk=self.pk).update(last_used_at=at)
