from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xdportal.accounts import audit
from xdportal.accounts.access import Right
from xdportal.accounts.models import AuditEntry
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history, record
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.compare import count
from xdportal.catalog.days import MOST_LINES
from xdportal.catalog.state import state_of
from xdportal.catalog.tasks import check_now
from xdportal.catalog.views.page import catalog_page


@require_safe
def check_detail(request: AuthenticatedRequest, slug: str, pk: int) -> HttpResponse:
    catalog, context = catalog_page(request, slug)
    check = get_object_or_404(catalog.checks.select_related("snapshot"), pk=pk)
    held = context["state"].held
    if held is not None and held.first_check_id == check.pk:
        changes = history.held_changes(catalog, held)
        context |= {
            "held_changes": changes[:MOST_LINES],
            "held_counts": count(change.kind for change in changes),
            "left_out": max(len(changes) - MOST_LINES, 0),
        }
    context["check"] = check
    return render(request, "catalog/check.html", context)


@require_POST
def start_check(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Check now: a worker is told; a check that runs already, a pause and the provider's wish to wait refuse."""
    catalog = get_catalog_or_404(request.viewer, slug, Right.WORK)
    now = timezone.now()
    if catalog.connection.state == "paused":
        messages.warning(request, _("No check was started: the connection is paused."))
    elif catalog.connection.is_held_back(now):
        messages.warning(request, _("No check was started: the provider asked us to wait."))
    elif state_of(catalog, now).checking:
        messages.info(request, _("It is already being checked."))
    else:
        check_now(catalog)
        messages.info(request, _("The check has started."))
    return _back(request, slug)


@require_POST
def accept_held(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    catalog = get_catalog_or_404(request.viewer, slug, Right.MANAGE)
    snapshot = record.accept_held(catalog, timezone.now())
    if snapshot is None:
        messages.info(request, _("There is no held answer any more."))
        return redirect("images", slug)
    audit.note(AuditEntry.Kind.ACCEPTED, catalog.connection.team, f"{catalog.slug} #{snapshot.number}", request)
    messages.success(request, _("The answer was accepted as snapshot #%(number)d.") % {"number": snapshot.number})
    return redirect("snapshot", slug, snapshot.number)


@require_POST
def discard_held(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    catalog = get_catalog_or_404(request.viewer, slug, Right.MANAGE)
    if record.discard_held(catalog):
        audit.note(AuditEntry.Kind.DISCARDED, catalog.connection.team, catalog.slug, request)
        messages.success(request, _("The answer was discarded. The list stays as it was."))
    else:
        messages.info(request, _("There is no held answer any more."))
    return redirect("images", slug)


def _back(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(target)
    return redirect("images", slug)
