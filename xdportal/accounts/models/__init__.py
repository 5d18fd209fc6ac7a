from xdportal.accounts.access import Role
from xdportal.accounts.models.api_keys import ApiKey, Scope
from xdportal.accounts.models.audit import AuditEntry
from xdportal.accounts.models.invitations import (
    INVITATION_LIFE,
    SETUP_LINK_LIFE,
    Invitation,
    hash_token,
)
from xdportal.accounts.models.queued_mail import QueuedMail
from xdportal.accounts.models.teams import SLUG, Membership, Team, new_slug
from xdportal.accounts.models.users import User, validate_time_zone, validate_user_name

__all__ = [
    "INVITATION_LIFE",
    "SETUP_LINK_LIFE",
    "SLUG",
    "ApiKey",
    "AuditEntry",
    "Invitation",
    "Membership",
    "QueuedMail",
    "Role",
    "Scope",
    "Team",
    "User",
    "hash_token",
    "new_slug",
    "validate_time_zone",
    "validate_user_name",
]
