"""The audit trail: what was done, by whom and from where. Never what was entered."""

from django.http import HttpRequest

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import AuditEntry, Team, User
from xdportal.lib.middleware import client_ip

Kind = AuditEntry.Kind


def note(
    kind: AuditEntry.Kind,
    team: Team | None = None,
    target: str = "",
    request: HttpRequest | None = None,
    *,
    actor: User | None = None,
    subject: User | None = None,
) -> AuditEntry:
    """Add an entry. Without request and actor, the portal itself acted.

    `subject` is the person concerned.
    """
    if actor is None and request is not None:
        actor = _actor(request)
    return AuditEntry.objects.create(
        kind=kind,
        team=team,
        target=target[:200],
        actor=actor,
        actor_uuid=actor.uuid if actor else None,
        subject=subject,
        subject_uuid=subject.uuid if subject else None,
        ip=client_ip(request) if request else None,
        request_id=getattr(request, "request_id", ""),
    )


def _actor(request: HttpRequest) -> User | None:
    """Return the signed-in user, or the person whose API key was used."""
    if request.user.is_authenticated:
        return request.user
    viewer: Viewer | None = getattr(request, "viewer", None)
    return viewer.user if viewer is not None and viewer.user.pk else None
