"""Pages of links that work once: for the first administrator, and into a team."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_for_user
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from xdportal.accounts import audit, emails, teams
from xdportal.accounts.forms import FirstAdministratorForm, InvitedForm
from xdportal.accounts.models import AuditEntry, Invitation, User


@login_not_required
@sensitive_post_parameters()
def first_administrator(request: HttpRequest, token: str) -> HttpResponse:
    """Create the first administrator, by the link that `make run` prints."""
    link = Invitation.objects.open().of_token(token).filter(team=None)
    if User.objects.filter(is_superuser=True).exists() or not link.exists():
        raise Http404
    form = FirstAdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            if not Invitation.objects.use(token):
                raise Http404
            user = form.save()
            if form.cleaned_data["team"]:
                teams.create(form.cleaned_data["team"], user, request)
        record_authentication(request, user, method="password")  # typed a moment ago
        get_adapter().login(request, user)
        return redirect("dashboard")
    return render(request, "accounts/first_administrator.html", {"form": form})


@login_not_required
@sensitive_post_parameters()
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join as the signed-in user, with a new account, or after signing in."""
    found = (
        Invitation.objects.open()
        .of_token(token)
        .exclude(team=None)
        .select_related("team", "invited_by")
        .first()
    )
    if found is None:
        raise Http404
    form = None if request.user.is_authenticated else InvitedForm(found.email, request.POST or None)
    if request.method != "POST" or (form is not None and not form.is_valid()):
        return render(request, "accounts/invitation.html", {"invitation": found, "form": form})
    with transaction.atomic():
        if not Invitation.objects.use(token):
            raise Http404
        user: Any = form.save() if form else request.user
        if form:
            emails.claim(user)
            audit.note(AuditEntry.Kind.JOINED_PORTAL, request=request, actor=user, subject=user)
        teams.join(found, user, request)
    if form:
        send_verification_email_for_user(request, user)  # the inviter has seen the link, too
        get_adapter().login(request, user)
    joined = _("You are now a member of the team %(team)s.") % {"team": found.team}
    messages.success(request, joined)
    return redirect("dashboard")
