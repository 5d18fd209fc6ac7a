"""Slow down guessing of passwords: what django-axes counts, and how long it refuses.

The typed name is never stored, because people type their password there by mistake. An account is
stored by its uuid, anything else by a hash.
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from xdportal.accounts.emails import whose
from xdportal.accounts.models import AuditEntry, User
from xdportal.lib.middleware import NOWHERE, client_ip

WINDOW = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Failures:
    """The number of wrong passwords for one account from one IP, and the time of the last."""

    account: str
    ip: str
    number: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Limit:
    by_account: bool
    by_ip: bool
    failures: int
    wait: timedelta


# An account under attack from many addresses is closed for a minute only, and never to an address
# that its user has signed in from.
LIMITS = (
    Limit(by_account=True, by_ip=True, failures=5, wait=WINDOW),
    Limit(by_account=False, by_ip=True, failures=20, wait=WINDOW),
)
FROM_ANYWHERE = Limit(by_account=True, by_ip=False, failures=20, wait=timedelta(minutes=1))


def is_locked(
    failures: Iterable[Failures], limits: Iterable[Limit], account: str, ip: str, at: datetime
) -> bool:
    known = [one for one in failures if one.last > at - WINDOW]
    for limit in limits:
        counted = [
            one
            for one in known
            if (one.account == account or not limit.by_account)
            and (one.ip == ip or not limit.by_ip)
        ]
        if (
            sum(one.number for one in counted) >= limit.failures
            and max(one.last for one in counted) > at - limit.wait
        ):
            return True
    return False


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return 1 for locked out and 0 for allowed: AXES_FAILURE_LIMIT is 1."""
        account = get_client_username(request, credentials) or ""
        ip = network_of(request)
        now = timezone.now()
        rows = AccessAttempt.objects.filter(
            Q(username=account) | Q(ip_address=ip), attempt_time__gt=now - WINDOW
        )
        failures = [
            Failures(a.username or "", a.ip_address or "", a.failures_since_start, a.attempt_time)
            for a in rows
        ]
        if is_locked(failures, LIMITS, account, ip, now):
            return 1
        if not is_locked(failures, [FROM_ANYWHERE], account, ip, now):
            return 0
        return int(not _is_usual(user_of(request, credentials), request, now))

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        """Reset the failures of the account itself.

        axes would look it up by name, which may be another account's email address.
        """
        self.reset_attempts(username=str(user.uuid), ip_address=network_of(request))


def account_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return what axes stores instead of the typed name.

    A user's name and email address count as one account.
    """
    if user := user_of(request, credentials):
        return str(user.uuid)
    return hashlib.sha256(_typed(request, credentials).lower().encode(errors="replace")).hexdigest()


def user_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> User | None:
    """Return whom the right password would sign in, if anyone."""
    typed = _typed(request, credentials)
    return whose(typed) if typed else None


def network_of(request: HttpRequest) -> str:
    """Return the client's IPv4 address, or its IPv6 /64: one person often has a whole one."""
    text = client_ip(request) or NOWHERE
    ip = ipaddress.ip_address(text)
    return (
        text
        if ip.version == 4
        else str(ipaddress.ip_network((text, 64), strict=False).network_address)
    )


def refuse(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    return render(request, "429.html", status=429)


def _typed(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    given: Any = credentials or request.POST
    return str(given.get("username") or given.get("email") or "")


def _is_usual(user: User | None, request: HttpRequest, at: datetime) -> bool:
    """Whether someone has signed in to this account from here before."""
    entries = AuditEntry.objects.filter(kind=AuditEntry.Kind.SIGNED_IN, at__gt=at - KNOWN_FOR)
    return user is not None and entries.filter(actor=user, ip=client_ip(request)).exists()
