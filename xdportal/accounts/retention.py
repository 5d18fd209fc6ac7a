"""What is deleted about people once it no longer serves a purpose."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session

from xdportal.accounts.guessing import WINDOW
from xdportal.accounts.models import ApiKey, AuditEntry, Invitation
from xdportal.lib.models import forget_expired

OLD_LINKS = timedelta(days=30)
FAILED_SIGN_INS = timedelta(days=90)


def forget(now: datetime) -> None:
    """Delete expired sessions, outdated failures and old links.

    The audit trail is kept, but for failed sign-ins: strangers could fill the disk with them.
    """
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - WINDOW).delete()
    Invitation.objects.filter(expires_at__lt=now - OLD_LINKS).delete()
    ApiKey.objects.filter(revoked_at__lt=now - OLD_LINKS).delete()
    AuditEntry.objects.forget_failed_sign_ins(now - FAILED_SIGN_INS)
    forget_expired(now)
