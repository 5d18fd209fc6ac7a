"""The star on a list: one click pins an id, another takes the pin away if nothing hangs on it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xdportal.accounts.access import Right
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Wish
from xdportal.alerts.stars import star_of
from xdportal.alerts.views.acting import actor_of, back
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.addresses import catalog_url, id_from


@require_POST
def toggle(request: AuthenticatedRequest, slug: str, kind: str, part: str) -> HttpResponse:
    """Pin or unpin; for htmx the star alone, else the page it came from."""
    catalog = get_catalog_or_404(request.viewer, slug, kind, Right.WORK)
    item_id = id_from(part)
    if item_id is None:
        raise Http404
    pins = list(Pin.objects.visible_to(request.viewer).filter(catalog=catalog, item_id=item_id))
    wants_pin = request.POST.get("pin") == "on"
    if wants_pin and not pins:
        try:
            actions.create(Wish(catalog, item_id), actor_of(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    elif not wants_pin and pins and not _unpinned(request, pins):
        return _ask(request, pins)
    if request.headers.get("HX-Request"):
        return HttpResponse(star_of(request, catalog, item_id))
    return back(request, catalog_url(slug, kind, "items"))


def _unpinned(request: AuthenticatedRequest, pins: list[Pin]) -> bool:
    """Take away a pin that is no more than an id; False if there is more to lose."""
    (first, *others) = pins
    has_more = first.note or first.sources.exists() or first.revision.number > 1
    if others or has_more or Recipe.objects.of_pins([first.pk]).exists():
        return False
    actions.remove(first, actor_of(request))
    return True


def _ask(request: AuthenticatedRequest, pins: list[Pin]) -> HttpResponse:
    """Redirect to the pin's page, which says what depends on it before it is removed."""
    messages.warning(
        request,
        _(
            "This pin has a note, uses, recipes or revisions. Remove it here if you no longer "
            "need it."
        ),
    )
    url = pins[0].get_absolute_url()
    if request.headers.get("HX-Request"):
        answer = HttpResponse()
        answer.headers["HX-Redirect"] = url
        return answer
    return redirect(url)
