from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models.teams import Membership, Team
from xdportal.accounts.models.users import User
from xdportal.lib import dates


def audit_kinds() -> list[tuple[str, Any]]:
    """Return the choices of a kind.

    Migrations refer to this function, so a new kind needs no migration.
    """
    return list(AuditEntry.Kind.choices)


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("The audit trail is not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit trail is not deleted.")

    def forget_failed_sign_ins(self, before: datetime) -> int:
        """Delete what anyone on the network can add to without end; return how many entries."""
        failed = self.filter(kind=AuditEntry.Kind.SIGN_IN_FAILED, at__lt=before)
        return models.QuerySet.delete(failed)[0]

    def of_team(self, team: Team) -> Self:
        """Return what was done in the team, and what concerned its members since they joined.

        An administrator's acts on an outsider are not part of it, even if the administrator is a
        member.
        """
        people = Membership.objects.filter(
            user=OuterRef("subject"), team=team, created_at__lte=OuterRef("at")
        )
        return self.filter(
            Q(team=team) | Q(Exists(people), team=None, kind__in=AuditEntry.PERSONAL)
        )


class AuditEntry(models.Model):
    """Who did what to what, when and from where. Written by `audit.note()` and never changed.

    When an account is deleted, its name disappears and its uuid remains.
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
        FACTOR_RESET = "factor_reset", _("recovery codes regenerated")
        FACTOR_FAILED = "factor_failed", _("second factor failed")
        LINKED = "linked", _("single sign-on linked")
        UNLINKED = "unlinked", _("single sign-on unlinked")
        JOINED_PORTAL = "joined_portal", _("account created")
        DEACTIVATED = "deactivated", _("account deactivated")
        ACTIVATED = "activated", _("account activated")
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
        CREDENTIAL_WIPED = "credential_wiped", _("credential erased")
        TAKEN_OVER = "taken_over", _("connection taken over")
        CONNECTION_CHANGED = "connection_changed", _("connection changed")
        PAUSED = "paused", _("connection paused")
        RESUMED = "resumed", _("connection resumed")
        KINDS_CHOSEN = "kinds_chosen", _("lists to read chosen")
        CONNECTION_MOVED = "connection_moved", _("connection moved to another team")
        CONNECTION_DELETED = "connection_deleted", _("connection deleted")
        ACCEPTED = "accepted", _("unusual answer accepted")
        CONFIRMED = "confirmed", _("unusual answer confirmed automatically")
        DISCARDED = "discarded", _("unusual answer discarded")
        NOTED = "noted", _("note on an image changed")
        EXPORTED = "exported", _("exported")
        KEY_CREATED = "key_created", _("API key created")
        KEY_RENEWED = "key_renewed", _("API key renewed")
        KEY_REVOKED = "key_revoked", _("API key revoked")
        PINNED = "pinned", _("pin added")
        REPINNED = "repinned", _("pin moved to another ID or meaning")
        UNPINNED = "unpinned", _("pin removed")
        PIN_CHANGED = "pin_changed", _("pin changed")
        PIN_ACKNOWLEDGED = "pin_acknowledged", _("pin acknowledged")
        PIN_MUTED = "pin_muted", _("pin muted or unmuted")
        RECIPE_CHANGED = "recipe_changed", _("recipe added, changed or removed")
        EXPECTED = "expected", _("expected change announced or withdrawn")
        CHANNEL_ADDED = "channel_added", _("channel added")
        CHANNEL_CHANGED = "channel_changed", _("channel changed")
        CHANNEL_REMOVED = "channel_removed", _("channel removed")
        RULES_CHANGED = "rules_changed", _("alert rules changed")
        KEYS_ROTATED = "keys_rotated", _("keys rotated")
        ADMIN = "admin", _("changed in the admin panel")

    PERSONAL = (
        *(
            Kind.SIGNED_IN,
            Kind.SIGN_IN_FAILED,
            Kind.SIGNED_OUT,
            Kind.SESSIONS_ENDED,
            Kind.PASSWORD,
            Kind.EMAIL,
            Kind.DEACTIVATED,
            Kind.ACTIVATED,
        ),
        *(
            Kind.FACTOR_ADDED,
            Kind.FACTOR_REMOVED,
            Kind.FACTOR_RESET,
            Kind.FACTOR_FAILED,
            Kind.LINKED,
            Kind.UNLINKED,
        ),
    )

    at = models.DateTimeField(_("when"), auto_now_add=True)
    actor = models.ForeignKey(
        User, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_uuid = models.UUIDField(_("person’s UUID"), null=True)
    subject = models.ForeignKey(
        User, verbose_name=_("object"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    subject_uuid = models.UUIDField(_("object’s UUID"), null=True)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(_("what"), max_length=20, choices=audit_kinds)
    target = models.CharField(_("on what"), max_length=200, blank=True)
    ip = models.GenericIPAddressField(_("from where"), null=True)
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
        return f"{dates.second(self.at)} {self.kind} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit trail is not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit trail is not deleted.")

    @property
    def who(self) -> str:
        """Return the name, or the uuid of a deleted account; empty for the portal itself."""
        return self.actor.get_username() if self.actor else str(self.actor_uuid or "")

    @property
    def whom(self) -> str:
        return self.subject.get_username() if self.subject else str(self.subject_uuid or "")
