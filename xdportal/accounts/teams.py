"""What can be done to a team and its members. `access` has decided who may do it."""

from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import audit
from xdportal.accounts.access import Right, Viewer, allows, get_or_404, gives, require
from xdportal.accounts.composed import ComposedForViewer
from xdportal.accounts.models import AuditEntry, Invitation, Membership, Role, Team, User, new_slug
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.accounts.signals import stops_wanted

Kind = AuditEntry.Kind
LAST_OWNER = _("A team needs at least one owner: make someone else an owner first.")
REMEMBERED = "team"  # the cookie with the team viewed last


class Refused(Exception):
    """Nothing was changed. The text says why."""

    def __init__(self, text: Promise) -> None:
        super().__init__(text)
        self.text = text


def current(request: AuthenticatedRequest, right: Right = Right.LOOK) -> Team:
    """Return the team in the query string, otherwise the one viewed last, otherwise the first."""
    team = next(iter(shown(request)), None)
    asked = request.GET.get("team")
    if team is None or (asked and asked != team.slug):
        raise Http404
    require(allows(team, right))
    return team


class _Page(HttpRequest):
    """A request that remembers the viewer's teams, and the one whose page this is."""

    _own_teams: list[Team]
    _shown_team: str


def shown(request: HttpRequest) -> list[Team]:
    """Return the viewer's teams, first the one whose page this is. One query a request."""
    of_page: str = getattr(request, "_shown_team", "")
    slug = of_page or request.GET.get("team") or request.COOKIES.get(REMEMBERED, "")
    return sorted(_teams_of(request), key=lambda team: team.slug != slug)


def show(request: HttpRequest, team: Team) -> None:
    """Show a page as one of this team, although its URL does not name the team."""
    cast(_Page, request)._shown_team = team.slug


def _teams_of(request: HttpRequest) -> list[Team]:
    known: list[Team] | None = getattr(request, "_own_teams", None)
    if known is None:
        viewer: Viewer | None = getattr(request, "viewer", None)  # None: an error page
        known = OWN.rows(viewer) if viewer else []
        cast(_Page, request)._own_teams = known
    return known


def _own(viewer: Viewer) -> QuerySet[Team]:
    return Team.objects.visible_to(viewer).by_use()


OWN = ComposedForViewer(_own)


def remember(response: HttpResponse, team: Team) -> HttpResponse:
    """Remember the team as the one viewed last."""
    response.set_cookie(
        REMEMBERED, team.slug, 365 * 86400, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response


def locked(team_id: int, viewer: Viewer, right: Right) -> Team:
    """Lock the team and return it with the viewer's present right.

    Until the transaction ends, no one leaves the team or changes role.
    """
    Team.objects.select_for_update().filter(pk=team_id).first()
    return get_or_404(Team.objects.all(), viewer, right, pk=team_id)


def create(name: str, owner: User, request: HttpRequest) -> Team:
    with transaction.atomic():
        team = Team.objects.create(name=name, slug=new_slug(name, "team"))
        Membership.objects.create(team=team, user=owner, role=Role.OWNER)
        audit.note(Kind.TEAM_CREATED, team, team.name, request)
    return team


def join(invitation: Invitation, user: User, request: HttpRequest) -> None:
    """Add the user to the team. Existing members keep their role."""
    assert invitation.team is not None  # noqa: S101
    made = Membership.objects.get_or_create(
        team=invitation.team, user=user, defaults={"role": invitation.role}
    )[1]
    if made:
        audit.note(Kind.JOINED, invitation.team, invitation.role, request, actor=user, subject=user)


@transaction.atomic
def invite(team: Team, email: str, role: str, request: AuthenticatedRequest) -> str:
    """Return the token of the link."""
    require(gives(locked(team.pk, request.viewer, Right.MANAGE), role))
    audit.note(Kind.INVITED, team, role, request)
    return Invitation.objects.invite(team, email, role, request.user)


def withdraw(invitations: QuerySet[Invitation]) -> None:
    """Withdraw invitations whose sender may no longer invite."""
    for invitation in invitations.select_related("team", "invited_by"):
        audit.note(Kind.UNINVITED, invitation.team, invitation.role, subject=invitation.invited_by)
        invitation.delete()


@transaction.atomic
def change_role(membership: Membership, role: str, request: AuthenticatedRequest) -> None:
    team = locked(membership.team_id, request.viewer, Right.MANAGE)
    before = _role_now(membership)
    check_role(team, membership, before, role)
    membership.role = role
    membership.save(update_fields=["role"])
    audit.note(Kind.ROLE, membership.team, f"{before} → {role}", request, subject=membership.user)


@transaction.atomic
def remove(membership: Membership, request: AuthenticatedRequest) -> None:
    """Remove a member. Removing yourself means leaving the team.

    Their credentials are erased, see `connections.receivers`.
    """
    team = locked(membership.team_id, request.viewer, Right.LOOK)
    role = _role_now(membership)
    leaving = request.viewer.is_user(membership.user_id)
    check_removal(team, membership, role, leaving)
    audit.note(
        Kind.LEFT if leaving else Kind.REMOVED,
        membership.team,
        role,
        request,
        subject=membership.user,
    )
    membership.delete()


def check_role(row: Model, membership: Membership, before: str, role: str) -> None:
    """Refuse a role that the viewer may not give, or that leaves the team without an owner."""
    require(gives(row, before, role))
    if before == Role.OWNER != role:
        _keep_an_owner(membership)


def check_removal(row: Model, membership: Membership, role: str, leaving: bool) -> None:
    require(leaving or gives(row, role))
    if role == Role.OWNER:
        _keep_an_owner(membership)


def stops_without(membership: Membership) -> list[str]:
    """Return the names of what stops when the member leaves or becomes a reader."""
    answers: list[Any] = stops_wanted.send(Membership, membership=membership)
    return sorted(name for _, names in answers for name in names)


@transaction.atomic
def hand_over(team: Team, to: Membership, request: AuthenticatedRequest) -> None:
    """Make the other member owner and yourself manager."""
    change_role(to, Role.OWNER, request)
    own = Membership.objects.select_related("team", "user").get(team=team, user=request.user)
    change_role(own, Role.MANAGER, request)


def delete(team: Team, request: HttpRequest) -> None:
    with transaction.atomic():
        audit.note(Kind.TEAM_DELETED, None, f"{team.name} ({team.slug})", request)
        team.delete()


def _role_now(membership: Membership) -> str:
    return get_object_or_404(Membership, pk=membership.pk).role


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(team=membership.team_id, role=Role.OWNER).exclude(
        pk=membership.pk
    )
    if not owners.exists():
        raise Refused(LAST_OWNER)
