"""What is stored about a person, and how an account is deleted."""

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import audit, sessions
from xdportal.accounts.models import AuditEntry, Role, Team, User
from xdportal.accounts.signals import personal_data
from xdportal.accounts.teams import LAST_OWNER, Refused

LAST_ADMINISTRATOR = _("You are the only administrator: make someone else one first.")
USER = (
    *("uuid", "username", "email", "first_name", "last_name", "date_joined", "last_login"),
    *("language", "time_zone", "theme", "shortcuts", "is_staff"),
)
FAILURES = (AuditEntry.Kind.SIGN_IN_FAILED, AuditEntry.Kind.FACTOR_FAILED)


def about(user: User) -> dict[str, Any]:
    """Return everything stored about a person except secrets."""
    rows = {
        "email_addresses": EmailAddress.objects.filter(user=user).values(
            "email", "verified", "primary"
        ),
        "second_factors": Authenticator.objects.filter(user=user).values(
            "type", "created_at", "last_used_at"
        ),
        "single_sign_on": SocialAccount.objects.filter(user=user).values(
            "provider", "uid", "date_joined", "extra_data"
        ),
        "sessions": UserSession.objects.filter(user=user).values(
            "ip", "user_agent", "created_at", "last_seen_at"
        ),
        "teams": user.memberships.values("team__name", "team__slug", "role", "created_at"),
        "api_keys": user.api_keys.values(
            *("name", "key_id", "team__name", "scopes", "connections", "created_at", "expires_at"),
            *("last_used_at", "last_used_ip", "revoked_at"),
        ),
        "audit_trail": _trail(user),
    }
    answers: list[Any] = [answer for _, answer in personal_data.send(User, user=user)]
    return {
        "account": {name: getattr(user, name) for name in USER},
        **{name: list(found) for name, found in rows.items()},
        **dict(answers),
    }


def _trail(user: User) -> Iterator[dict[str, Any]]:
    """Yield the entries about a person.

    IP addresses are given for what they did themselves and for failed attempts on their account: an
    address reveals where someone was.
    """
    entries = AuditEntry.objects.filter(Q(actor=user) | Q(subject=user))
    for entry in entries.values("at", "kind", "team__name", "target", "ip", "request_id", "actor"):
        row: dict[str, Any] = dict(entry)
        if row.pop("actor") != user.pk and row["kind"] not in FAILURES:
            row["ip"] = None
        yield row


def owned_alone(user: User) -> list[Team]:
    """Return shared teams that would be left without an owner."""
    owners = Count("memberships", filter=Q(memberships__role=Role.OWNER), distinct=True)
    own = Team.objects.filter(
        personal_of=None, memberships__user=user, memberships__role=Role.OWNER
    )
    return list(
        Team.objects.filter(pk__in=own.values("pk")).annotate(owners=owners).filter(owners=1)
    )


def is_last_administrator(user: User) -> bool:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return user.is_superuser and not others.exists()


def hindrance(user: User) -> Promise | None:
    """Return why the account cannot be deleted yet, or None."""
    if owned_alone(user):
        return LAST_OWNER
    return LAST_ADMINISTRATOR if is_last_administrator(user) else None


@transaction.atomic
def delete_account(user: User, request: HttpRequest) -> None:
    """Delete the account and its own connections. Raise Refused.

    Connections in shared teams keep their history, without owner and credential.
    """
    _hold(user)
    if text := hindrance(user):
        raise Refused(text)
    audit.note(AuditEntry.Kind.ACCOUNT_DELETED, request=request, actor=user, subject=user)
    sessions.end_all(user)
    AccessAttempt.objects.filter(username=str(user.uuid)).delete()
    user.delete()


def _hold(user: User) -> None:
    """Lock teams and administrators: of two who leave at once, one waits for the other."""
    list(Team.objects.select_for_update(of=("self",)).filter(memberships__user=user).order_by("pk"))
    list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
