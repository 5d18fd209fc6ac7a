from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.sign_in import sign_in_by_form
from xdportal.accounts.models import AuditEntry, Invitation
from xdportal.accounts.retention import forget
from xdportal.catalog.tasks import daily


def left() -> list[int]:
    models: list[Any] = [Session, UserSession, AccessAttempt, Invitation]
    return [model.objects.count() for model in models]


def test_what_serves_something_stays_and_the_rest_goes(cast: SimpleNamespace) -> None:
    sign_in_by_form(Client(), "mia")
    sign_in_by_form(Client(), "mia", "wrong")
    Invitation.objects.invite(cast.team, "new@example.com", "reader", cast.olga)
    now = timezone.now()

    forget(now)
    assert left() == [1, 1, 1, 1]
    forget(now + timedelta(minutes=16))
    assert left() == [1, 1, 0, 1]
    forget(now + timedelta(days=20))
    assert left() == [0, 0, 0, 1]
    forget(now + timedelta(days=38))
    assert left() == [0, 0, 0, 0]
    assert AuditEntry.objects.count() == 2


def test_failed_sign_ins_leave_the_audit_trail_after_90_days(cast: SimpleNamespace) -> None:
    """Strangers can add as many as they like; nothing else ever goes."""
    sign_in_by_form(Client(), "mia")
    sign_in_by_form(Client(), "mia", "wrong")
    now = timezone.now()
    kinds = AuditEntry.objects.order_by("pk").values_list("kind", flat=True)

    forget(now + timedelta(days=89))
    assert list(kinds.all()) == ["signed_in", "sign_in_failed"]
    forget(now + timedelta(days=91))
    assert list(kinds.all()) == ["signed_in"]


def test_the_worker_does_it_daily(cast: SimpleNamespace) -> None:
    UserSession.objects.create(user=cast.mia, ip="192.0.2.1", session_key="gone", user_agent="")
    daily()

    assert UserSession.objects.count() == 0
