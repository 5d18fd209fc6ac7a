"""Filters under a name: saved from a list, and deleted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xdportal.accounts.access import Right, get_or_404, require
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.models import Catalog, SavedFilter
from xdportal.catalog.pages.saved import SaveForm, may_delete

IMAGES = Catalog.Kind.IMAGES


@require_POST
def filter_save(request: AuthenticatedRequest, slug: str, kind: str = IMAGES) -> HttpResponse:
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    form = SaveForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect(catalog_url(slug, kind, "items"))
    if form.store(catalog, request.viewer):
        messages.success(request, _("The filter was saved."))
    else:
        messages.error(request, _("You have too many saved filters. Delete some first."))
    return redirect(f"{catalog_url(slug, kind, 'items')}?{form.cleaned_data['query']}")


@require_POST
def filter_delete(
    request: AuthenticatedRequest, slug: str, pk: int, kind: str = IMAGES
) -> HttpResponse:
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    saved = get_or_404(
        SavedFilter.objects.filter(team=catalog.connection.team_id),
        request.viewer,
        Right.LOOK,
        pk=pk,
    )
    require(may_delete(saved, request.viewer))
    saved.delete()
    messages.success(request, _("The filter was deleted."))
    return redirect(catalog_url(slug, kind, "items"))
