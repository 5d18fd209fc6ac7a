from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import OF_THE_TEAM, Viewer, visible
from xdportal.accounts.models import Team, User
from xdportal.catalog.models.catalog import Catalog

LONGEST_FILTER = 1000


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Return one's own, and those of the viewer's teams that are for everyone."""
        of_teams = visible(self, viewer, "team__", OF_THE_TEAM)
        return of_teams.filter(Q(is_shared=True) | Q(owner=viewer.user.pk))


class SavedFilter(models.Model):
    """A filter of a kind of list with a name, for its owner or for the team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="saved_filters")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Catalog.Kind)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=LONGEST_FILTER)  # without the question mark
    is_shared = models.BooleanField(default=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "owner", "kind", "name"], name="one_filter_of_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
