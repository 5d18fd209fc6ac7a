"""A team's people: who belongs to it, in which role, and who is invited."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import access, audit, mail, teams
from xdportal.accounts.access import Right, allows, get_or_404
from xdportal.accounts.forms import DeleteTeamForm, HandOverForm, InviteForm, RoleForm, TeamForm
from xdportal.accounts.models import AuditEntry, Invitation, Membership, Role, Team
from xdportal.accounts.recent import recent_sign_in, require_recent_sign_in
from xdportal.accounts.requests import AuthenticatedRequest

Kind = AuditEntry.Kind


@require_safe
def members(request: AuthenticatedRequest) -> HttpResponse:
    return _page(request, teams.current(request))


@require_POST
def invite(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Mail the link, and show it once for installations without mail."""
    team = get_or_404(Team.objects.all(), request.viewer, Right.MANAGE, slug=slug)
    form = InviteForm(team, request.user, request.POST)
    if not form.is_valid():
        return _page(request, team, invite_form=form)
    email = form.cleaned_data["email"]
    role = form.cleaned_data["role"]
    if role == Role.OWNER:
        require_recent_sign_in(request)
    link = settings.SITE_URL + reverse(
        "invitation", args=[teams.invite(team, email, role, request)]
    )
    mail.send(email, "invitation", team=team, by=request.user, link=link)
    return _page(request, team, link=link, invited=email)


@require_POST
def withdraw(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    invitation = get_or_404(
        Invitation.objects.open().select_related("team"), request.viewer, Right.MANAGE, pk=pk
    )
    audit.note(Kind.UNINVITED, invitation.team, invitation.role, request)
    invitation.delete()
    messages.success(request, _("The invitation was withdrawn. Its link no longer works."))
    return _back(invitation.team)


@require_http_methods(["GET", "HEAD", "POST"])
def change_role(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Give a member another role, after asking if that stops something."""
    membership = _membership(request, pk, Right.MANAGE)
    form = RoleForm(request.POST or request.GET)
    if not form.is_valid():
        return _back(membership.team)
    role = form.cleaned_data["role"]
    stops = teams.stops_without(membership) if role == Role.READER else []
    if request.method != "POST":
        check = partial(teams.check_role, membership, membership, membership.role, role)
        return _ask(request, membership, check, stops, role=role)
    if stops and not form.cleaned_data["confirmed"]:
        return redirect(f"{request.path}?{urlencode({'role': role})}")
    if role == Role.OWNER:
        require_recent_sign_in(request)
    _try(request, _("The role was changed."), lambda: teams.change_role(membership, role, request))
    return _back(membership.team)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Remove a member, after asking. Removing yourself means leaving the team."""
    membership = _membership(request, pk, Right.LOOK)
    leaving = request.viewer.is_user(membership.user_id)
    if request.method != "POST":
        check = partial(teams.check_removal, membership, membership, membership.role, leaving)
        keys = membership.team.api_keys.kept().filter(creator=membership.user_id).count()
        stops = teams.stops_without(membership)
        return _ask(request, membership, check, stops, leaving=leaving, keys=keys)
    done = _try(
        request,
        _("You left the team.")
        if leaving
        else _("Removed. Their connections were paused and their credentials erased."),
        lambda: teams.remove(membership, request),
    )
    return redirect("dashboard") if leaving and done else _back(membership.team)


@require_POST
def rename(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    team = get_or_404(Team.objects.all(), request.viewer, Right.OWN, slug=slug)
    form = TeamForm(request.POST, instance=team)
    if not form.is_valid():
        return _page(
            request,
            get_or_404(Team.objects.all(), request.viewer, Right.OWN, slug=slug),
            team_form=form,
        )
    form.save()
    audit.note(Kind.TEAM_CHANGED, team, team.name, request)
    messages.success(request, _("Saved."))
    return _back(team)


@require_POST
@recent_sign_in
def hand_over(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    team = get_or_404(Team.objects.all(), request.viewer, Right.OWN, slug=slug)
    form = HandOverForm(team, request.user, request.POST)
    if not form.is_valid():
        return _page(request, team, hand_over_form=form)
    teams.hand_over(team, form.cleaned_data["to"], request)
    messages.success(request, _("The team was handed over. You are a manager now."))
    return _back(team)


@require_POST
@recent_sign_in
def delete(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    team = get_or_404(Team.objects.all(), request.viewer, Right.OWN, slug=slug)
    form = DeleteTeamForm(team, request.POST)
    if not form.is_valid():
        return _page(request, team, delete_form=form)
    teams.delete(team, request)
    messages.success(request, _("The team was deleted, with its connections and their history."))
    return redirect("dashboard")


def add(request: AuthenticatedRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = teams.create(form.cleaned_data["name"], request.user, request)
        messages.success(request, _("The team was created. Invite its people."))
        return _back(team)
    return render(request, "accounts/team_add.html", {"form": form})


def _membership(request: AuthenticatedRequest, pk: int, right: Right) -> Membership:
    return get_or_404(
        Membership.objects.select_related("team", "user"), request.viewer, right, pk=pk
    )


def _ask(
    request: AuthenticatedRequest,
    membership: Membership,
    check: Callable[[], None],
    stops: list[str],
    **what: Any,
) -> HttpResponse:
    """Name what stops, and ask; or say at once why it can't be done."""
    refused = ""
    try:
        check()
    except teams.Refused as refusal:
        refused = str(refusal.text)
    context = {"membership": membership, "stops": stops, "refused": refused, **what}
    return render(request, "accounts/member_confirm.html", context)


def _try(request: AuthenticatedRequest, said: str, do: Any) -> bool:
    try:
        do()
    except teams.Refused as refused:
        messages.error(request, str(refused.text))
        return False
    messages.success(request, said)
    return True


def _back(team: Team | None) -> HttpResponse:
    return redirect(f"{reverse('members')}?team={team.slug if team else ''}")


def _page(request: AuthenticatedRequest, team: Team, **extra: Any) -> HttpResponse:
    """Render the team's page, with the errors of a form that was refused."""
    is_shared = team.personal_of_id is None
    manages = allows(team, Right.MANAGE)
    owns = allows(team, Right.OWN)
    members = team.memberships.select_related("user").order_by("pk")
    context = {
        "team": team,
        "shared": is_shared,
        "owns": owns,
        "manages": manages,
        "members": [_row(request, team, membership) for membership in members],
        "invitations": team.invitations.open() if manages else [],
        "invite_form": InviteForm(team, request.user) if manages and is_shared else None,
        "team_form": TeamForm(instance=team) if owns else None,
        "hand_over_form": HandOverForm(team, request.user) if owns and is_shared else None,
        "delete_form": DeleteTeamForm(team) if owns and is_shared else None,
        **extra,
    }
    return teams.remember(render(request, "accounts/members.html", context), team)


def _row(request: AuthenticatedRequest, team: Team, membership: Membership) -> dict[str, Any]:
    changeable = access.gives(team, membership.role)
    return {
        "membership": membership,
        "roles": [choice for choice in Role.choices if access.gives(team, choice[0])]
        if changeable
        else [],
        "is_self": membership.user_id == request.user.pk,
        "removable": changeable and membership.user_id != request.user.pk,
    }
