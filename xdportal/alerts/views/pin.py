"""One pin: its page, and what can be done to it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts.access import get_pin_or_404
from xdportal.alerts.forms import refuse
from xdportal.alerts.forms.pins import AcknowledgeForm, MuteForm, PinForm, RepinForm
from xdportal.alerts.models import Pin
from xdportal.alerts.pages import pin as pages
from xdportal.alerts.pins import actions
from xdportal.alerts.views.acting import actor_of, back

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def detail(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    return _page(request, get_pin_or_404(request.viewer, uuid))


@form_page
def repin(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    pin = _posted(request, uuid)
    form = RepinForm(request.POST)
    if request.method != "POST":
        return redirect(pin)
    if form.is_valid():
        try:
            revision = actions.repin(pin, actor_of(request), form.item_id)
        except ValidationError as error:
            refuse(form, error)
        else:
            text = _("%(name)s now points to %(id)s (revision %(number)d).")
            facts = {"name": pin.name, "id": pin.item_id, "number": revision.number}
            messages.success(request, text % facts)
            return redirect(pin)
    return _page(request, pin, repin_form=form)


@form_page
def edit(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    pin = _posted(request, uuid)
    if request.method != "POST":
        return redirect(pin)
    form = PinForm(pin, request.POST)
    if form.is_valid():
        try:
            actions.change(pin, form.cleaned_data, actor_of(request))
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(pin)
    pin.refresh_from_db()
    return _page(request, pin, form=form)


@form_page
def acknowledge(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """Silence the present state; any other state speaks again."""
    pin = _posted(request, uuid)
    form = AcknowledgeForm(request.POST)
    if request.method != "POST":
        return redirect(pin)
    if not form.is_valid():
        return _page(request, pin, acknowledge_form=form)
    actions.acknowledge(pin, actor_of(request), form.cleaned_data["note"])
    text = _("%(name)s is acknowledged: silent until its state changes.")
    messages.success(request, text % {"name": pin.name})
    return back(request, pin.get_absolute_url())


@form_page
def mute(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    pin = _posted(request, uuid)
    form = MuteForm(request.POST)
    if request.method != "POST":
        return redirect(pin)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.mute(pin, actor_of(request), chosen["until"], chosen["reason"])
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("%(name)s is muted.") % {"name": pin.name})
            return back(request, pin.get_absolute_url())
    return _page(request, pin, mute_form=form)


@require_POST
def unmute(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    pin = get_pin_or_404(request.viewer, uuid, Right.WORK)
    actions.unmute(pin, actor_of(request))
    messages.success(request, _("%(name)s is no longer muted.") % {"name": pin.name})
    return back(request, pin.get_absolute_url())


@form_page
def remove(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """Ask on a page that says who is hit, then remove the pin."""
    pin = get_pin_or_404(request.viewer, uuid, Right.WORK)
    teams.show(request, pin.team)
    if request.method != "POST":
        context = {"pin": pin, "recipes": pages.recipes_of(pin), "sources": pin.sources.all()}
        return render(request, "alerts/pin_remove.html", context)
    actions.remove(pin, actor_of(request))
    messages.success(request, _("%(name)s is no longer pinned.") % {"name": pin.name})
    return redirect(f"{reverse('pins')}?team={pin.team.slug}")


def _posted(request: AuthenticatedRequest, uuid: UUID) -> Pin:
    """Return the pin; a refused form's address, opened again, leads back to the pin's page."""
    right = Right.WORK if request.method == "POST" else Right.LOOK
    return get_pin_or_404(request.viewer, uuid, right)


def _page(request: AuthenticatedRequest, pin: Pin, **refused: forms.Form) -> HttpResponse:
    teams.show(request, pin.team)
    now = timezone.now()
    page = pages.PinPage(pin, now)
    targets = page.targets()
    context: dict[str, Any] = {
        "pin": pin,
        "page": page,
        "finding": page.finding,
        "catalog": page.finding.catalog,
        "targets": targets,
        "best": next((target for target in targets if not target.is_own), None),
        "revisions": pages.revisions_of(pin),
        "sources": pin.sources.all(),
        "recipes": pages.recipes_of(pin),
        "deliveries": pages.messages_about(pin, request.viewer),
        "life": pages.life_of(pin, page.row, now),
        "form": PinForm(pin),
        "repin_form": RepinForm(),
        "mute_form": MuteForm(),
        "acknowledge_form": AcknowledgeForm(),
        "is_muted": pin.is_muted(now),
        "may_work": allows(pin, Right.WORK),
        "now": now,
        **refused,
    }
    return render(request, "alerts/pin.html", context)
