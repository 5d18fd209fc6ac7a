"""API keys: `xdp_<12 id>_<43 secret>_<6 checksum>`.

The id finds the row, the secret opens it, and the checksum lets a scanner of repositories tell a
key from any other text. A key may do what its creator may do now and its scopes allow, whichever is
less.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import audit
from xdportal.accounts.access import GRANTS, Right, Viewer
from xdportal.accounts.models import ApiKey, AuditEntry, Membership, Scope, Team, User
from xdportal.accounts.signals import connections_wanted
from xdportal.accounts.teams import Refused
from xdportal.lib.composed import Composed

ALPHABET = string.digits + string.ascii_letters
ID_LENGTH = 12
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
KEY = re.compile(r"xdp_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})")
RIGHTS: dict[str, frozenset[Right]] = {
    Scope.CHECK: frozenset({Right.LOOK}),
    Scope.READ: frozenset({Right.LOOK}),
    Scope.PINS: frozenset({Right.LOOK, Right.WORK}),
    Scope.RUN: frozenset({Right.LOOK, Right.WORK}),
}
MOST_KEYS = 100  # of one team, expired ones included
TOO_MANY = _("The team has too many API keys. Revoke those that are no longer used.")


@dataclass(frozen=True)
class KeyViewer(Viewer):
    """A viewer that asks with an API key.

    The API decides whether a scope opens an address; the rights are the viewer's.
    """

    key: ApiKey = field(kw_only=True)
    scopes: frozenset[str] = field(kw_only=True)


@dataclass(frozen=True)
class NewKey:
    """A person's choices for a key."""

    name: str
    scopes: Collection[str]
    days: int
    connections: Collection[UUID] | None = None  # None: all of the team


def create(
    team: Team, creator: User, wish: NewKey, request: HttpRequest | None = None
) -> tuple[ApiKey, str]:
    """Return the key's row and its text, which exists only now.

    Raise Refused if the team has too many keys.
    """
    now = timezone.now()
    key_id = _random(ID_LENGTH)
    secret = _random(SECRET_LENGTH)
    confined = None
    if wish.connections is not None:
        confined = sorted(str(uuid) for uuid in wish.connections)
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)
        if team.api_keys.kept().count() >= MOST_KEYS:
            raise Refused(TOO_MANY)
        key = ApiKey.objects.create(
            team=team,
            creator=creator,
            name=wish.name,
            scopes=[scope for scope in Scope.values if scope in wish.scopes],
            connections=confined,
            key_id=key_id,
            secret_hash=_hash(secret),
            created_at=now,
            expires_at=now + timedelta(days=min(wish.days, settings.API_KEY_MAX_DAYS)),
        )
        audit.note(AuditEntry.Kind.KEY_CREATED, team, _named(key), request, actor=creator)
    return key, _text(key_id, secret)


def renew(key: ApiKey, request: HttpRequest | None = None) -> bool:
    """Let a key live as long again from now on. Return False for one that no longer works."""
    now = timezone.now()
    term = min(key.term, timedelta(days=settings.API_KEY_MAX_DAYS))
    usable = ApiKey.objects.usable(now).filter(pk=key.pk)
    with transaction.atomic():
        if not usable.update(renewed_at=now, expires_at=now + term):
            return False
        audit.note(AuditEntry.Kind.KEY_RENEWED, key.team, _named(key), request)
    key.refresh_from_db(fields=["renewed_at", "expires_at"])
    return True


def revoke(
    keys: Iterable[ApiKey], request: HttpRequest | None = None, *, subject: User | None = None
) -> None:
    """Revoke keys at once, each with an entry in the audit trail."""
    now = timezone.now()
    for key in keys:
        if ApiKey.objects.filter(pk=key.pk).revoke(now):
            audit.note(AuditEntry.Kind.KEY_REVOKED, key.team, _named(key), request, subject=subject)


def viewer_for_key(text: str, now: datetime) -> KeyViewer | None:
    """Return the viewer of this key, or None if the key isn't valid.

    One query; none for a text that is not a key.
    """
    parts = KEY.fullmatch(text)
    if parts is None or _checksum(f"xdp_{parts[1]}_{parts[2]}") != parts[3]:
        return None
    for key in KEYS_BY_ID.rows(at=now, key_id=parts[1]):
        if hmac.compare_digest(key.secret_hash, _hash(parts[2])):
            return viewer_of(key)
    return None


def _by_id(at: datetime, key_id: str) -> QuerySet[ApiKey]:
    return ApiKey.objects.usable(at).filter(key_id=key_id).select_related("team", "creator")


KEYS_BY_ID = Composed(_by_id)


def viewer_of(key: ApiKey) -> KeyViewer:
    scopes = frozenset(key.scopes) & set(Scope.values)
    ceiling = frozenset[Right]().union(*(RIGHTS[scope] for scope in scopes))
    confined = None
    if key.connections is not None:
        confined = frozenset(UUID(uuid) for uuid in key.connections)
    return KeyViewer(
        user=key.creator,
        team=key.team,
        ceiling=ceiling,
        connections=confined,
        key=key,
        scopes=frozenset(scopes),
    )


def scopes_for(role: str) -> list[Scope]:
    """Return the scopes whose rights the role has."""
    return [scope for scope in Scope if RIGHTS[scope] <= GRANTS.get(role, frozenset())]


def scopes_of(team: Team, user: User) -> list[Scope]:
    membership = Membership.objects.filter(team=team, user=user).first()
    return scopes_for(membership.role) if membership else []


def connections_of(team: Team, viewer: Viewer) -> dict[UUID, str]:
    """Return the names of the team's connections, by uuid."""
    answers: list[Any] = connections_wanted.send(Team, viewer=viewer, team=team)
    return {uuid: name for _receiver, rows in answers for uuid, name in rows}


def _named(key: ApiKey) -> str:
    return f"{key.name} ({key.prefix}): {' '.join(key.scopes)}"


def _text(key_id: str, secret: str) -> str:
    body = f"xdp_{key_id}_{secret}"
    return f"{body}_{_checksum(body)}"


def _checksum(body: str) -> str:
    """Return the CRC-32 in base 62. It tells a mistyped key from a wrong one."""
    number = zlib.crc32(body.encode())
    digits = ""
    for _position in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _position in range(length))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
