from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import audit, teams
from xdportal.accounts.access import Right, any_allows, require
from xdportal.accounts.models import AuditEntry, Team
from xdportal.accounts.recent import recent_sign_in
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.connections import access, throttle
from xdportal.connections.access import get_connection_or_404
from xdportal.connections.forms import ConnectionForm, CredentialForm, DeleteForm, NewConnectionForm
from xdportal.connections.models import CREDENTIAL_FIELDS, Connection, CredentialUnreadable
from xdportal.connections.session import try_credential
from xdportal.connections.signals import check_wanted
from xdportal.connections.words import failure_text, reason_text
from xdportal.lib import redaction
from xdportal.provider.errors import ProviderError

Kind = AuditEntry.Kind


@require_safe
def connection_list(request: AuthenticatedRequest) -> HttpResponse:
    connections = (
        Connection.objects.visible_to(request.viewer)
        .select_related("team", "owner")
        .prefetch_related("catalogs__latest_check", "catalogs__quarantined")
    )
    return render(request, "connections/list.html", {"connections": connections, "may_add": _may_add(request)})


@sensitive_post_parameters("secret", "token")
def connection_add(request: AuthenticatedRequest) -> HttpResponse:
    require(_may_add(request))
    form = NewConnectionForm(request.viewer, request.POST or None, initial={"team": request.GET.get("team")})
    if request.method == "POST" and form.is_valid():
        connection = _create(form, request)
        _note(Kind.CREDENTIAL_SAVED, connection, request)
        messages.success(request, _("The connection was added. Its first list is being read."))
        return redirect(connection)
    return render(request, "connections/add.html", {"form": form})


def connection_detail(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    form = ConnectionForm(request.POST or None, instance=connection)
    if not access.is_own(connection, request.viewer):
        form.fields["environment"].disabled = form.fields["account_id"].disabled = True
    if request.method == "POST":
        require(access.may_steer(connection, request.viewer))
        if form.is_valid():
            form.store()
            _note(Kind.CONNECTION_CHANGED, connection, request)
            messages.success(request, _("Saved."))
            return redirect(connection)
    return _detail(request, connection, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret", "token")
@recent_sign_in
def connection_credential(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Replaces the credential; empty means unchanged. For an ownerless connection it is the take-over."""
    connection = get_connection_or_404(request.viewer, slug, Right.WORK if request.method == "POST" else Right.LOOK)
    if request.method != "POST":
        return redirect(connection)  # its address stands in the browser after a refused form
    taking_over = access.may_take_over(connection)
    require(taking_over or access.is_own(connection, request.viewer))
    form = CredentialForm(request.POST)
    form.required = taking_over
    if not form.is_valid():
        return _detail(request, connection, credential_form=form)
    credential = form.credential(connection.account_id)
    if credential is None:
        messages.info(request, _("Nothing was entered: the stored credential stays."))
        return redirect(connection)
    if taking_over:
        connection.owner = request.user
    connection.set_credential(credential, timezone.now())
    _save_credential(connection, request)
    _note(Kind.TAKEN_OVER if taking_over else Kind.CREDENTIAL_REPLACED, connection, request)
    check_wanted.send(Connection, connection=connection)
    messages.success(request, _("The credential was saved."))
    return redirect(connection)


@require_POST
def connection_test(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug, Right.WORK)
    require(access.is_own(connection, request.viewer))
    now = timezone.now()
    if connection.is_held_back(now):
        level, text = messages.WARNING, _("Not tested: the provider asked us to wait.")
    elif throttle.may_test(request.user.pk, int(now.timestamp() // 60)):
        level, text = _tested(connection, now)
        _note(Kind.CREDENTIAL_TESTED, connection, request)
    else:
        level, text = messages.WARNING, _("Not tested: the limit is five tests a minute. Try again in a minute.")
    messages.add_message(request, level, text)
    return redirect(connection)


@require_POST
def connection_pause(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    require(access.may_steer(connection, request.viewer))
    connection.pause("by_user")
    _note(Kind.PAUSED, connection, request)
    messages.success(request, _("Paused. Its history stays."))
    return redirect(connection)


@require_POST
def connection_resume(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    require(access.may_steer(connection, request.viewer) and connection.owner_id is not None)
    connection.resume()
    _note(Kind.RESUMED, connection, request)
    check_wanted.send(Connection, connection=connection)
    messages.success(request, _("Resumed."))
    return redirect(connection)


@require_http_methods(["GET", "HEAD", "POST"])
@recent_sign_in
def connection_delete(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    if request.method != "POST":
        return redirect(connection)
    require(access.may_delete(connection, request.viewer))
    form = DeleteForm(connection, request.POST)
    if not form.is_valid():
        return _detail(request, connection, delete_form=form)
    _note(Kind.CONNECTION_DELETED, connection, request)
    connection.delete()
    messages.success(request, _("The connection was deleted, and its history with it."))
    return redirect("connections")


def _note(kind: AuditEntry.Kind, connection: Connection, request: AuthenticatedRequest) -> None:
    audit.note(kind, connection.team, connection.slug, request)


@transaction.atomic
def _create(form: NewConnectionForm, request: AuthenticatedRequest) -> Connection:
    teams.locked(form.cleaned_data["team"].pk, request.viewer, Right.WORK)
    return form.create(timezone.now())


@transaction.atomic
def _save_credential(connection: Connection, request: AuthenticatedRequest) -> None:
    """Asks for the right once more: who has been removed meanwhile must not come back as the owner."""
    teams.locked(connection.team_id, request.viewer, Right.WORK)
    stored = get_connection_or_404(request.viewer, connection.slug, Right.WORK)
    require(access.may_take_over(stored) or access.is_own(stored, request.viewer))
    connection.save(update_fields=CREDENTIAL_FIELDS)


def _may_add(request: AuthenticatedRequest) -> bool:
    return any_allows(Team.objects.visible_to(request.viewer), Right.WORK)


def _detail(request: AuthenticatedRequest, connection: Connection, **forms: Any) -> HttpResponse:
    """The connection's page; a form that was sent and refused stands in it with what was wrong."""
    teams.show(request, connection.team)
    may_steer = access.may_steer(connection, request.viewer)
    context = {
        "connection": connection,
        "catalog": connection.catalogs.select_related("latest_snapshot", "latest_check").first(),
        "form": ConnectionForm(instance=connection),
        "credential_form": CredentialForm(),
        "delete_form": DeleteForm(connection),
        "may_steer": may_steer,
        "may_delete": access.may_delete(connection, request.viewer),
        "is_own": access.is_own(connection, request.viewer),
        "may_take_over": access.may_take_over(connection),
        **forms,
    }
    return render(request, "connections/detail.html", context)


def _tested(connection: Connection, now: datetime) -> tuple[int, str]:
    with redaction.scope():
        try:
            images = try_credential(connection, now)
        except CredentialUnreadable:
            return messages.ERROR, str(reason_text("unreadable"))
        except ProviderError as error:
            return messages.ERROR, failure_text(error)
    return messages.SUCCESS, ngettext(
        "It works: the provider returned %(number)d image.",
        "It works: the provider returned %(number)d images.",
        images,
    ) % {"number": images}
