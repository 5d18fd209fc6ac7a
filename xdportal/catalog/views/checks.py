from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import audit
from xdportal.accounts.access import Right
from xdportal.accounts.models import AuditEntry
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.checks import quarantine
from xdportal.catalog.checks.asking import Refusal, ask_for_check, refusal_text
from xdportal.catalog.compare import count
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.changes import MOST_LINES
from xdportal.catalog.views.page import catalog_page

IMAGES = Catalog.Kind.IMAGES


@require_safe
def check_detail(
    request: AuthenticatedRequest, slug: str, pk: int, kind: str = IMAGES
) -> HttpResponse:
    catalog, context = catalog_page(request, slug, kind)
    check = get_object_or_404(catalog.checks.select_related("snapshot"), pk=pk)
    waiting = context["state"].quarantined
    if waiting is not None and waiting.first_check_id == check.pk:
        changes = history.quarantined_changes(catalog, waiting)
        context |= {
            "quarantined_changes": changes[:MOST_LINES],
            "quarantined_counts": count(change.kind for change in changes),
            "left_out": max(len(changes) - MOST_LINES, 0),
        }
    context["check"] = check
    return render(request, "catalog/check.html", context)


@require_POST
def start_check(request: AuthenticatedRequest, slug: str, kind: str = IMAGES) -> HttpResponse:
    """Have a worker check the list now."""
    catalog = get_catalog_or_404(request.viewer, slug, kind, Right.WORK)
    refused = ask_for_check(catalog, timezone.now())
    if refused is None:
        messages.info(request, _("The check has started."))
    elif refused is Refusal.LEASED:
        messages.info(request, refused.label)
    else:
        why = refusal_text(refused, catalog)
        messages.warning(request, _("No check was started. %(why)s") % {"why": why})
    return _back(request, slug, kind)


@require_http_methods(["GET", "HEAD", "POST"])
def accept_quarantined(
    request: AuthenticatedRequest, slug: str, kind: str = IMAGES
) -> HttpResponse:
    if request.method != "POST":
        return _asked(request, slug, kind, accepts=True)
    catalog = get_catalog_or_404(request.viewer, slug, kind, Right.MANAGE)
    snapshot = quarantine.accept(catalog, timezone.now())
    if snapshot is None:
        return _nothing_waits(request, slug, kind)
    audit.note(
        AuditEntry.Kind.ACCEPTED,
        catalog.connection.team,
        f"{catalog.slug} #{snapshot.number}",
        request,
    )
    messages.success(
        request, _("The answer was accepted as snapshot #%(number)d.") % {"number": snapshot.number}
    )
    return redirect(catalog_url(slug, kind, "snapshot", snapshot.number))


@require_http_methods(["GET", "HEAD", "POST"])
def discard_quarantined(
    request: AuthenticatedRequest, slug: str, kind: str = IMAGES
) -> HttpResponse:
    if request.method != "POST":
        return _asked(request, slug, kind, accepts=False)
    catalog = get_catalog_or_404(request.viewer, slug, kind, Right.MANAGE)
    if not quarantine.discard(catalog, timezone.now()):
        return _nothing_waits(request, slug, kind)
    audit.note(AuditEntry.Kind.DISCARDED, catalog.connection.team, catalog.slug, request)
    messages.success(request, _("The answer was discarded. The list is unchanged."))
    return redirect(catalog_url(slug, kind, "items"))


def _asked(request: AuthenticatedRequest, slug: str, kind: str, *, accepts: bool) -> HttpResponse:
    """Ask before a held answer is decided on."""
    catalog = get_catalog_or_404(request.viewer, slug, kind, Right.MANAGE)
    waiting = catalog.quarantined_answer
    if waiting is None:
        return _nothing_waits(request, slug, kind)
    changes = history.quarantined_changes(catalog, waiting)
    context = {
        "catalog": catalog,
        "kind": spec_of(catalog),
        "connection": catalog.connection,
        "waiting": waiting,
        "counts": count(change.kind for change in changes),
        "accepts": accepts,
    }
    return render(request, "catalog/held.html", context)


def _nothing_waits(request: AuthenticatedRequest, slug: str, kind: str) -> HttpResponse:
    messages.info(request, _("No answer is waiting any more."))
    return redirect(catalog_url(slug, kind, "items"))


def _back(request: AuthenticatedRequest, slug: str, kind: str) -> HttpResponse:
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        return HttpResponseRedirect(target)
    return redirect(catalog_url(slug, kind, "items"))
