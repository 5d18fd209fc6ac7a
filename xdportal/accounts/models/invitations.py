import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from xdportal.accounts.access import Role, Viewer, visible
from xdportal.accounts.models.teams import Team
from xdportal.accounts.models.users import User
from xdportal.lib import dates

SETUP_LINK_LIFE = timedelta(hours=24)
INVITATION_LIFE = timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return visible(self, viewer, "team__")

    def open(self) -> Self:
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def of_token(self, token: str) -> Self:
        return self.filter(token_hash=hash_token(token))

    def issue(self) -> str:
        """Return the token of a link for the first administrator, and end earlier links.

        Only its hash is stored.
        """
        self.filter(team=None, used_at=None).delete()
        token = secrets.token_urlsafe(32)
        self.create(token_hash=hash_token(token), expires_at=timezone.now() + SETUP_LINK_LIFE)
        return token

    def invite(self, team: Team, email: str, role: str, by: User) -> str:
        """Return the token of a link into the team; an earlier one to that address ends."""
        self.filter(team=team, email__iexact=email, used_at=None).delete()
        token = secrets.token_urlsafe(32)
        expires = timezone.now() + INVITATION_LIFE
        self.create(
            token_hash=hash_token(token),
            expires_at=expires,
            team=team,
            email=email,
            role=role,
            invited_by=by,
        )
        return token

    def use(self, token: str) -> bool:
        """Use up the link; return whether it was still open. Of two at once, one succeeds."""
        return self.open().of_token(token).update(used_at=timezone.now()) == 1


class Invitation(models.Model):
    """A link that works once: into a team, or (without a team) for the first administrator."""

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
        return f"until {dates.minute(self.expires_at)}"


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
