import hashlib
import secrets
import uuid
import zoneinfo
from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import OF_THE_TEAM, Viewer, visible

SETUP_LINK_LIFE = timedelta(hours=24)
INVITATION_LIFE = timedelta(days=7)


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Unknown time zone."))


def validate_user_name(name: str) -> None:
    """For new names. Old ones with an "@" go on working, unless it is somebody's mail address."""
    if "@" in name:
        raise ValidationError(_("A user name has no “@”: it could be somebody’s email address."))


class User(AbstractUser):
    class Language(models.TextChoices):
        BROWSER = "", _("Browser default")
        EN = "en", "English"
        ZH_HANS = "zh-hans", "中文"

    class Theme(models.TextChoices):
        AUTO = "auto", _("System default")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=10, choices=Language, blank=True, default="")
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, default="", validators=[validate_time_zone]
    )  # empty: the site's
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    shortcuts = models.BooleanField(_("one-key shortcuts"), default=True)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            # Sign-in takes names in any case: of two that differ in nothing else, neither could sign in.
            models.UniqueConstraint(Lower("username"), name="one_user_name_in_any_case"),
        ]


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "", OF_THE_TEAM)

    def by_use(self) -> Self:
        """Teams that people share before personal ones."""
        return self.order_by(F("personal_of").asc(nulls_first=True), "name", "pk")

    def personal(self, user: User) -> "Team":
        """The user's own team, made if need be: bulk inserts send no signal."""
        team, made = self.get_or_create(
            personal_of=user, defaults={"name": user.get_username(), "slug": new_slug(user.get_username(), "team")}
        )
        if made:
            Membership.objects.create(team=team, user=user, role=Role.OWNER)
        return team


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    MEMBER = "member", _("Member")
    READER = "reader", _("Reader")


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
    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.READER)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_a_team")]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("The audit trail is not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit trail is not deleted.")

    def of_team(self, team: Team) -> Self:
        """What was done in the team, and its people's sign-ins since they belong to it."""
        people = Membership.objects.filter(
            Q(user=OuterRef("subject")) | Q(user=OuterRef("actor")), team=team, created_at__lte=OuterRef("at")
        )
        return self.filter(Q(team=team) | Q(Exists(people), team=None, kind__in=AuditEntry.PERSONAL))


class AuditEntry(models.Model):
    """Who did what, on what, when, from where. Written by `audit.note()`, changed by nobody.

    When an account is deleted, its name goes and its uuid stays.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("sign-in failed")
        SIGNED_OUT = "signed_out", _("signed out")
        SESSIONS_ENDED = "sessions_ended", _("sessions ended")
        PASSWORD = "password", _("password changed")
        EMAIL = "email", _("email address changed")
        FACTOR_ADDED = "factor_added", _("second factor added")
        FACTOR_REMOVED = "factor_removed", _("second factor removed")
        FACTOR_RESET = "factor_reset", _("recovery codes made anew")
        FACTOR_FAILED = "factor_failed", _("second factor failed")
        LINKED = "linked", _("single sign-on linked")
        UNLINKED = "unlinked", _("single sign-on unlinked")
        JOINED_PORTAL = "joined_portal", _("account created")
        DEACTIVATED = "deactivated", _("account deactivated")
        ACCOUNT_DELETED = "account_deleted", _("account deleted")
        DATA_EXPORTED = "data_exported", _("own data exported")
        TEAM_CREATED = "team_created", _("team created")
        TEAM_CHANGED = "team_changed", _("team renamed")
        TEAM_DELETED = "team_deleted", _("team deleted")
        INVITED = "invited", _("invited")
        UNINVITED = "uninvited", _("invitation withdrawn")
        JOINED = "joined", _("joined the team")
        ROLE = "role", _("role changed")
        REMOVED = "removed", _("removed from the team")
        LEFT = "left", _("left the team")
        CREDENTIAL_SAVED = "credential_saved", _("credential saved")
        CREDENTIAL_REPLACED = "credential_replaced", _("credential replaced")
        CREDENTIAL_TESTED = "credential_tested", _("credential tested")
        CREDENTIAL_WIPED = "credential_wiped", _("credential wiped")
        TAKEN_OVER = "taken_over", _("connection taken over")
        CONNECTION_CHANGED = "connection_changed", _("connection changed")
        PAUSED = "paused", _("connection paused")
        RESUMED = "resumed", _("connection resumed")
        CONNECTION_DELETED = "connection_deleted", _("connection deleted")
        ACCEPTED = "accepted", _("suspect answer accepted")
        CONFIRMED = "confirmed", _("suspect answer accepted by itself")
        DISCARDED = "discarded", _("suspect answer discarded")
        NOTED = "noted", _("note on an image changed")
        EXPORTED = "exported", _("exported")
        KEYS_ROTATED = "keys_rotated", _("keys rotated")
        ADMIN = "admin", _("changed in the admin panel")

    PERSONAL = (
        *(Kind.SIGNED_IN, Kind.SIGN_IN_FAILED, Kind.SIGNED_OUT, Kind.SESSIONS_ENDED, Kind.PASSWORD, Kind.EMAIL),
        *(Kind.FACTOR_ADDED, Kind.FACTOR_REMOVED, Kind.FACTOR_RESET, Kind.FACTOR_FAILED, Kind.LINKED, Kind.UNLINKED),
    )

    at = models.DateTimeField(_("when"), auto_now_add=True)
    actor = models.ForeignKey(User, verbose_name=_("who"), null=True, on_delete=models.SET_NULL, related_name="+")
    actor_uuid = models.UUIDField(null=True)
    subject = models.ForeignKey(User, verbose_name=_("whom"), null=True, on_delete=models.SET_NULL, related_name="+")
    subject_uuid = models.UUIDField(null=True)
    team = models.ForeignKey(Team, verbose_name=_("team"), null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    target = models.CharField(_("on what"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("from where"), null=True)
    request_id = models.CharField(_("request"), max_length=32, blank=True, default="")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["team", "-at"], name="audit_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit trail is not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit trail is not deleted.")

    @property
    def who(self) -> str:
        """The name, or the uuid of an account that is gone; empty for the portal itself."""
        return self.actor.get_username() if self.actor else str(self.actor_uuid or "")

    @property
    def whom(self) -> str:
        return self.subject.get_username() if self.subject else str(self.subject_uuid or "")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__")

    def open(self) -> Self:
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def of_token(self, token: str) -> Self:
        return self.filter(token_hash=hash_token(token))

    def issue(self) -> str:
        """The token of a link for the first administrator; only its hash is kept, and earlier links end."""
        self.filter(team=None, used_at=None).delete()
        token = secrets.token_urlsafe(32)
        self.create(token_hash=hash_token(token), expires_at=timezone.now() + SETUP_LINK_LIFE)
        return token

    def invite(self, team: Team, email: str, role: str, by: User) -> str:
        """The token of a link into the team; an earlier one for that address ends."""
        self.filter(team=team, email__iexact=email, used_at=None).delete()
        token = secrets.token_urlsafe(32)
        expires = timezone.now() + INVITATION_LIFE
        self.create(token_hash=hash_token(token), expires_at=expires, team=team, email=email, role=role, invited_by=by)
        return token

    def use(self, token: str) -> bool:
        """Whether the link was open; afterwards it is used, also if two ask at once."""
        return self.open().of_token(token).update(used_at=timezone.now()) == 1


class Invitation(models.Model):
    """A link that works once: into a team, or, without one, that of the first administrator."""

    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(blank=True, default="")
    role = models.CharField(max_length=10, choices=Role, default=Role.READER)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_slug(name: str, default: str) -> str:
    """The ASCII part of a name and six random characters."""
    tail = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(6))
    return f"{slugify(name)[:40].strip('-_') or default}-{tail}"
