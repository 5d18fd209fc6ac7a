"""What can be done with a team and its members. Who may do it, `access` decides before."""

from django.db import transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import audit
from xdportal.accounts.access import Right, get_or_404
from xdportal.accounts.models import AuditEntry, Invitation, Membership, Role, Team, User, new_slug
from xdportal.accounts.requests import AuthenticatedRequest

Kind = AuditEntry.Kind
LAST_OWNER = _("A team keeps at least one owner: make somebody else an owner first.")
REMEMBERED = "team"  # the cookie with the team that was looked at last


class Refused(Exception):
    """Nothing was changed; the text says why."""

    def __init__(self, text: Promise) -> None:
        super().__init__(text)
        self.text = text


def current(request: AuthenticatedRequest, right: Right = Right.LOOK) -> Team:
    """The team that the address names; otherwise the one looked at last, otherwise the first."""
    if slug := request.GET.get("team"):
        return get_or_404(Team.objects.all(), request.user, right, slug=slug)
    own = Team.objects.visible_to(request.user).by_use()
    team = own.filter(slug=request.COOKIES.get(REMEMBERED, "")).first() or own.first()
    return get_or_404(Team.objects.all(), request.user, right, pk=team.pk if team else None)


def create(name: str, owner: User, request: HttpRequest) -> Team:
    with transaction.atomic():
        team = Team.objects.create(name=name, slug=new_slug(name, "team"))
        Membership.objects.create(team=team, user=owner, role=Role.OWNER)
        audit.note(Kind.TEAM_CREATED, team, team.name, request)
    return team


def join(invitation: Invitation, user: User, request: HttpRequest) -> None:
    """Who belongs to the team already keeps the role."""
    assert invitation.team is not None  # noqa: S101
    made = Membership.objects.get_or_create(team=invitation.team, user=user, defaults={"role": invitation.role})[1]
    if made:
        audit.note(Kind.JOINED, invitation.team, invitation.role, request, actor=user, subject=user)


@transaction.atomic
def change_role(membership: Membership, role: str, request: HttpRequest) -> None:
    before = _locked(membership)
    if before == Role.OWNER != role:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    audit.note(Kind.ROLE, membership.team, f"{before} → {role}", request, subject=membership.user)


@transaction.atomic
def remove(membership: Membership, request: AuthenticatedRequest) -> None:
    """Also how one leaves. Connections of who goes are wiped and paused, see `connections.signals`."""
    if _locked(membership) == Role.OWNER:
        _keep_an_owner(membership)
    kind = Kind.LEFT if membership.user_id == request.user.pk else Kind.REMOVED
    audit.note(kind, membership.team, membership.role, request, subject=membership.user)
    membership.delete()


@transaction.atomic
def hand_over(team: Team, to: Membership, request: AuthenticatedRequest) -> None:
    """The other becomes owner, the one who hands over manager."""
    own = Membership.objects.select_related("team", "user").get(team=team, user=request.user)
    change_role(to, Role.OWNER, request)
    change_role(own, Role.MANAGER, request)


def delete(team: Team, request: HttpRequest) -> None:
    with transaction.atomic():
        audit.note(Kind.TEAM_DELETED, None, f"{team.name} ({team.slug})", request)
        team.delete()


def _locked(membership: Membership) -> str:
    """The role that stands there now; two owners who leave at once do so one after the other."""
    Team.objects.select_for_update().get(pk=membership.team_id)
    return str(Membership.objects.values_list("role", flat=True).get(pk=membership.pk))


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(team=membership.team_id, role=Role.OWNER).exclude(pk=membership.pk)
    if not owners.exists():
        raise Refused(LAST_OWNER)
