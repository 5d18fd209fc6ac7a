from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts.access import Right, any_allows, require
from xdportal.accounts.models import Team
from xdportal.accounts.recent import recent_sign_in
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.connections import access, actions, hooks, pages, throttle
from xdportal.connections.access import get_connection_or_404
from xdportal.connections.actions import Actor
from xdportal.connections.forms import (
    CredentialForm,
    DeleteForm,
    KindsForm,
    MoveForm,
    NewConnectionForm,
)
from xdportal.connections.limits import LimitReached
from xdportal.connections.models import Connection, CredentialTest, DefaultConnection
from xdportal.connections.twins import twins_of


@require_safe
def connection_list(request: AuthenticatedRequest) -> HttpResponse:
    visible = Connection.objects.visible_to(request.viewer).select_related("team", "owner")
    connections = list(visible)
    hooks.add_summaries(connections)
    context = {
        "connections": connections,
        "may_add": _may_add(request),
        "twins": twins_of(connections),
    }
    return render(request, "connections/list.html", context)


@sensitive_post_parameters("secret", "token")
def connection_add(request: AuthenticatedRequest) -> HttpResponse:
    require(_may_add(request))
    initial = {"team": request.GET.get("team")}
    form = NewConnectionForm(request.viewer, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _created(request, form):
        messages.success(request, _("The connection was added."))
        _warn_of_twins(request, form.instance)
        return redirect(form.instance)
    return render(request, "connections/add.html", {"form": form})


def connection_detail(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    if request.method != "POST":
        return pages.detail(request, connection)
    require(access.may_steer(connection, request.viewer))
    form = pages.settings_form(connection, request.viewer, request.POST)
    if not form.is_valid():
        return pages.detail(request, connection, form=form)
    actions.change(connection, form.settings, Actor.on_page(request))
    messages.success(request, _("Saved."))
    return redirect(connection)


@require_http_methods(["GET", "HEAD", "POST"])
def connection_kinds(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    if request.method != "POST":
        return redirect(connection)
    require(access.may_steer(connection, request.viewer))
    form = KindsForm(request.POST)
    if not form.is_valid():
        return pages.detail(request, connection, kinds_form=form)
    actions.choose_kinds(connection, form.cleaned_data["kinds"], Actor.on_page(request))
    messages.success(request, _("Saved."))
    return redirect(connection)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret", "token")
@recent_sign_in
def connection_credential(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Replace the credential; empty means unchanged. An ownerless connection is taken over."""
    if request.method != "POST":  # this address stays in the browser after a refused form
        return redirect(get_connection_or_404(request.viewer, slug))
    connection = get_connection_or_404(request.viewer, slug, Right.WORK)
    taking_over = access.may_take_over(connection, request.viewer)
    require(taking_over or access.is_own(connection, request.viewer))
    form = CredentialForm(request.POST)
    form.required = taking_over
    if not form.is_valid():
        return pages.detail(request, connection, credential_form=form)
    credential = form.credential(connection.account_id)
    if credential is None:
        messages.info(request, _("Nothing was entered: the stored credential is kept."))
        return redirect(connection)
    save = actions.take_over if taking_over else actions.replace_credential
    try:
        save(connection, credential, Actor.on_page(request))
    except LimitReached as error:
        form.add_error(None, error)
        return pages.detail(request, connection, credential_form=form)
    messages.success(request, _("The credential was saved."))
    return redirect(connection)


@require_POST
def connection_test(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug, Right.WORK)
    require(access.is_own(connection, request.viewer))
    now = timezone.now()
    test = CredentialTest.of(connection)
    if connection.is_held_back(now):
        messages.warning(request, _("Not tested: the provider asked us to wait."))
    elif test is not None and test.is_open(now):
        messages.info(request, _("A test is already running."))
    elif not throttle.may_test(request.user.pk, int(now.timestamp() // 60)):
        text = _("Not tested: the limit is five tests a minute. Try again in a minute.")
        messages.warning(request, text)
    else:
        actions.test(connection, Actor.on_page(request), now)
    return redirect(connection)


@require_POST
def connection_default(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Make it the one that the viewer looks at first, or no longer."""
    connection = get_connection_or_404(request.viewer, slug)
    if "forget" in request.POST:
        DefaultConnection.forget(request.user, connection)
        messages.success(request, _("It is no longer your default."))
    else:
        DefaultConnection.choose(request.user, connection)
        messages.success(
            request,
            _("This is now your default connection: it stays open in the side bar on every page."),
        )
    return redirect(connection)


@require_POST
def connection_pause(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    actions.pause(connection, Actor.on_page(request))
    messages.success(request, _("Paused. The history is kept."))
    return redirect(connection)


@require_POST
def connection_resume(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    actions.resume(connection, Actor.on_page(request))
    messages.success(request, _("Resumed."))
    return redirect(connection)


@require_http_methods(["GET", "HEAD", "POST"])
@recent_sign_in
def connection_move(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    connection = get_connection_or_404(request.viewer, slug)
    if request.method != "POST":
        return redirect(connection)
    require(access.may_delete(connection, request.viewer))
    form = MoveForm(connection, request.viewer, request.POST)
    if not form.is_valid():
        return pages.detail(request, connection, move_form=form)
    team = form.cleaned_data["team"]
    try:
        actions.move(connection, team, Actor.on_page(request))
    except LimitReached as error:
        form.add_error("team", error)
        return pages.detail(request, connection, move_form=form)
    messages.success(
        request, _("The connection now belongs to the team %(team)s.") % {"team": team}
    )
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
        return pages.detail(request, connection, delete_form=form)
    actions.delete(connection, Actor.on_page(request))
    messages.success(request, _("The connection and its history were deleted."))
    return redirect("connections")


def _created(request: AuthenticatedRequest, form: NewConnectionForm) -> bool:
    """Create the connection; return False, with the reason in the form, if a limit is reached."""
    try:
        actions.create(form.connection(), form.new_credential(), Actor.on_page(request))
    except LimitReached as error:
        form.add_error(None, error)
        return False
    return True


def _warn_of_twins(request: AuthenticatedRequest, added: Connection) -> None:
    """Warn of another connection of the same account or name."""
    twins = twins_of(Connection.objects.visible_to(request.viewer).filter(team=added.team_id))
    for other in twins.with_account_of(added):
        text = _("%(name)s already reads the same account.")
        messages.warning(request, text % {"name": other.name})
    if added.pk in twins:
        messages.warning(request, _("Another connection of the team has the same name."))


def _may_add(request: AuthenticatedRequest) -> bool:
    return any_allows(Team.objects.visible_to(request.viewer), Right.WORK)
