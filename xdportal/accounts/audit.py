"""The audit trail: what was done, by whom. Never what was entered."""

from django.http import HttpRequest

from xdportal.accounts.models import AuditEntry, Team


def note(kind: AuditEntry.Kind, team: Team, target: str, request: HttpRequest | None = None) -> AuditEntry:
    """Without a request the portal itself did it."""
    actor = request.user if request is not None and request.user.is_authenticated else None
    address = request.META.get("REMOTE_ADDR") or None if request is not None else None
    return AuditEntry.objects.create(kind=kind, team=team, target=target[:200], actor=actor, address=address)
