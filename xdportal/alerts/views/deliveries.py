"""Messages on their way, and those that arrived or did not."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts import actions
from xdportal.alerts.access import get_delivery_or_404
from xdportal.alerts.models import Delivery
from xdportal.alerts.pages import channels as pages
from xdportal.alerts.pages.deliveries import DeliveryQuery, events_of, listed
from xdportal.alerts.views.acting import actor_of
from xdportal.catalog.views.page import page_of

ROWS = 50


@require_safe
def delivery_list(request: AuthenticatedRequest) -> HttpResponse:
    team = teams.current(request)
    channels = pages.channels_of(request.viewer, team)
    query = DeliveryQuery.read(request.GET, channels)
    context = {
        "team": team,
        "query": query,
        "channels": channels,
        "states": Delivery.State.choices,
        "page": page_of(request, listed(request.viewer, team, query), ROWS),
        "now": timezone.now(),
    }
    return teams.remember(render(request, "alerts/deliveries.html", context), team)


@require_safe
def detail(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """Show one delivery. What the receiver answered is for those who manage the channel."""
    delivery = get_delivery_or_404(request.viewer, uuid)
    if delivery.team is not None:
        teams.show(request, delivery.team)
    events = events_of(delivery)
    context = {
        "delivery": delivery,
        "attempts": delivery.attempts.order_by("-number"),
        "reason": pages.words_of(delivery.reason),
        "events": events,
        "may_manage": allows(delivery, Right.MANAGE),
        "now": timezone.now(),
    }
    return render(request, "alerts/delivery.html", context)


@require_POST
def resend(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    delivery = get_delivery_or_404(request.viewer, uuid, Right.MANAGE)
    if actions.resend(delivery, actor_of(request)):
        messages.success(request, _("It will be sent again within a minute."))
    else:
        messages.info(request, _("It can’t be sent again: it is still being sent, or was dropped."))
    return redirect(delivery)
