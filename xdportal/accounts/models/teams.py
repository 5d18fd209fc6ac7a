import re
import secrets
import uuid
from typing import Self

from django.db import models
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import OF_THE_TEAM, Role, Viewer, visible
from xdportal.accounts.models.users import User

SLUG_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
SLUG = re.compile(rf"\b[a-z0-9][a-z0-9_-]*-[{SLUG_LETTERS}]{{6}}\b")


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "", OF_THE_TEAM)

    def by_use(self) -> Self:
        """Order shared teams before personal ones."""
        return self.order_by(F("personal_of").asc(nulls_first=True), "name", "pk")

    def personal(self, user: User) -> "Team":
        """Return the user's own team, creating it if a bulk insert sent no signal."""
        team, made = self.get_or_create(
            personal_of=user,
            defaults={"name": user.get_username(), "slug": new_slug(user.get_username(), "team")},
        )
        if made:
            Membership.objects.create(team=team, user=user, role=Role.OWNER)
        return team


class Team(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("slug"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=150)
    personal_of = models.OneToOneField(
        User,
        verbose_name=_("owner of this personal team"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    users: models.ManyToManyField[User, "Membership"] = models.ManyToManyField(
        User, verbose_name=_("users"), through="Membership", related_name="teams"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__")


class Membership(models.Model):
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.READER)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"


def new_slug(name: str, default: str) -> str:
    """Return the ASCII part of a name, if it holds a word, and six random characters."""
    tail = "".join(secrets.choice(SLUG_LETTERS) for _ in range(6))
    word = slugify(name)[:40].strip("-_")
    if not re.search("[a-z]{2}", word):  # a Chinese name with a number, perhaps
        word = default
    return f"{word}-{tail}"
