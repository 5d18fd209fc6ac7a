"""Tokens for feeds and badges: create them, revoke them, and find their creators."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from xdportal.accounts import audit
from xdportal.accounts.access import Right, Viewer
from xdportal.accounts.keys import TOO_MANY
from xdportal.accounts.models import AuditEntry, Team, User
from xdportal.accounts.teams import Refused
from xdportal.alerts.models import Pin, PublicToken, Recipe

LENGTH = 24  # random bytes
MOST = 100  # of one team


@dataclass(frozen=True)
class TokenWish:
    """What a token opens. A badge is about one pin, one recipe, or all pins of a source."""

    name: str
    kind: str
    pin: Pin | None = None
    recipe: Recipe | None = None
    source: str = ""


@transaction.atomic
def create(
    team: Team, creator: User, wish: TokenWish, at: datetime, request: HttpRequest | None = None
) -> tuple[PublicToken, str]:
    """Return the token's row and its text, which is known only now. Raise Refused at too many."""
    Team.objects.select_for_update().get(pk=team.pk)
    if PublicToken.objects.filter(team=team).count() >= MOST:
        raise Refused(TOO_MANY)
    text = secrets.token_urlsafe(LENGTH)
    token = PublicToken.objects.create(
        team=team,
        creator=creator,
        name=wish.name,
        kind=wish.kind,
        token_hash=_hash(text),
        pin=wish.pin,
        recipe=wish.recipe,
        source=wish.source,
        created_at=at,
    )
    audit.note(AuditEntry.Kind.KEY_CREATED, team, _named(token), request, actor=creator)
    return token, text


def revoke(tokens: Iterable[PublicToken], request: HttpRequest | None = None) -> None:
    for token in tokens:
        audit.note(AuditEntry.Kind.KEY_REVOKED, token.team, _named(token), request)
        token.delete()


def opened(text: str, kind: str, at: datetime) -> tuple[PublicToken, Viewer] | None:
    """Return the token and its creator's view; None if it is not valid. Two queries."""
    rows = PublicToken.objects.filter(creator__is_active=True, kind=kind)
    joined = rows.select_related("team", "creator", "pin", "recipe")
    token = joined.filter(token_hash=_hash(text)).first()
    if token is None:
        return None
    viewer = Viewer(token.creator, token.team, ceiling=frozenset({Right.LOOK}))
    if not Team.objects.visible_to(viewer).filter(pk=token.team_id).exists():
        return None
    token.note_use(at)
    return token, viewer


def _named(token: PublicToken) -> str:
    return f"{token.name} ({token.get_kind_display()})"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
