"""Channels: where messages go. Managers have them; everyone sees whether the news gets through."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows, get_or_404
from xdportal.accounts.models import Team
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts import actions
from xdportal.alerts.access import get_channel_or_404
from xdportal.alerts.deliveries.previews import preview_of
from xdportal.alerts.forms import refuse
from xdportal.alerts.forms.channels import AddressForm, NewChannelForm, times_form
from xdportal.alerts.forms.rules import RuleForm
from xdportal.alerts.models import Channel, Kind
from xdportal.alerts.pages import channels as pages
from xdportal.alerts.pages.steps import STEPS
from xdportal.alerts.pins.actions import Actor
from xdportal.alerts.views.acting import actor_of

form_page = require_http_methods(["GET", "HEAD", "POST"])
LATEST = 5


@require_safe
def overview(request: AuthenticatedRequest) -> HttpResponse:
    team = teams.current(request)
    rows = pages.rows_of(pages.channels_of(request.viewer, team))
    context = {
        "team": team,
        "bad": [row for row in rows if row.is_bad],
        "good": [row for row in rows if not row.is_bad],
        "rules": pages.rules_of(request.viewer, team),
        "may_manage": allows(team, Right.MANAGE),
        "now": timezone.now(),
    }
    return teams.remember(render(request, "alerts/settings.html", context), team)


@form_page
@sensitive_post_parameters("url", "secret")
def add(request: AuthenticatedRequest, slug: str, kind: str) -> HttpResponse:
    """Add a channel. A webhook's new secret is shown in this response only."""
    team = get_or_404(Team.objects.all(), request.viewer, Right.MANAGE, slug=slug)
    if kind not in Kind.values:
        raise Http404
    teams.show(request, team)
    initial = {"language": request.user.language or None, "time_zone": request.user.time_zone}
    form = NewChannelForm(kind, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        channel = _added(team, kind, form, actor_of(request))
        if channel is not None:
            return _after_adding(request, channel)
    context = {"team": team, "kind": kind, "kinds": Kind, "form": form, "steps": STEPS[kind]}
    return render(request, "alerts/channel_add.html", context)


@require_safe
def detail(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    return page(request, _channel(request, uuid))


@form_page
@sensitive_post_parameters("url", "secret")
def change_address(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    channel = _channel(request, uuid)
    if request.method != "POST":
        return redirect(channel)
    form = AddressForm(channel.kind, request.POST)
    if form.is_valid():
        try:
            actions.change_address(channel, form.address(), actor_of(request))
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Saved. Send a test to check that it works."))
            return redirect(channel)
    return page(request, channel, address_form=form)


@form_page
def change_times(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    channel = _channel(request, uuid)
    if request.method != "POST":
        return redirect(channel)
    form = times_form(channel, request.POST)
    if form.is_valid():
        actions.change_times(channel, form.cleaned_data, actor_of(request))
        messages.success(request, _("Saved."))
        return redirect(channel)
    return page(request, channel, times_form=form)


@require_POST
def test(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """Have a worker send a test. The channel's page waits for its outcome."""
    channel = _channel(request, uuid)
    if actions.ask_for_test(channel, actor_of(request)) is None:
        text = _("Not tested: the limit is five tests a minute. Try again in a minute.")
        messages.warning(request, text)
    return redirect(f"{channel.get_absolute_url()}#test")


@require_POST
def rotate(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """Give a webhook a new secret. It is shown in this response only."""
    channel = _channel(request, uuid)
    try:
        secret = actions.rotate_secret(channel, actor_of(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(channel)
    return page(request, channel, secret=secret)


@require_POST
def end_rotation(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    channel = _channel(request, uuid)
    try:
        actions.end_rotation(channel, actor_of(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("From now on, messages are signed only with the new secret."))
    return redirect(channel)


@require_POST
def change_state(request: AuthenticatedRequest, uuid: UUID, state: str) -> HttpResponse:
    channel = _channel(request, uuid)
    STATES[state](channel, actor_of(request))
    messages.success(request, _("Saved."))
    return redirect(channel)


STATES: dict[str, Callable[[Channel, Actor], None]] = {
    "pause": actions.pause,
    "resume": actions.resume,
    "off": actions.switch_off,
}


@form_page
def remove(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """Ask on a page of its own, then remove the channel."""
    channel = _channel(request, uuid)
    if request.method != "POST":
        return render(request, "alerts/channel_remove.html", {"channel": channel})
    team = channel.team
    actions.remove_channel(channel, actor_of(request))
    messages.success(request, _("The channel was removed. Its deliveries stay in the list."))
    return redirect(f"{reverse('alerts')}?team={team.slug if team else ''}")


def _channel(request: AuthenticatedRequest, uuid: UUID) -> Channel:
    """Return a team's channel; a person's own has a page of its own."""
    channel = get_channel_or_404(request.viewer, uuid)
    if channel.team is None:
        raise Http404
    teams.show(request, channel.team)
    return channel


def _added(team: Team, kind: str, form: NewChannelForm, actor: Actor) -> Channel | None:
    """Return the new channel with its first rules; None if something was refused."""
    name = form.cleaned_data["name"]
    try:
        channel = actions.add_channel(team, kind, name, form.address(), actor, **form.times())
    except ValidationError as error:
        refuse(form, error)
        return None
    for wish in form.wishes():
        actions.add_rule(channel, wish, actor)
    return channel


def _after_adding(request: AuthenticatedRequest, channel: Channel) -> HttpResponse:
    channel = _channel(request, channel.uuid)
    if request.POST.get("then") == "test":
        actions.ask_for_test(channel, actor_of(request))
    if channel.kind == Kind.WEBHOOK:
        return page(request, channel, secret=channel.opened_config().secret)
    messages.success(request, _("The channel was added."))
    return redirect(f"{channel.get_absolute_url()}#test")


def page(request: AuthenticatedRequest, channel: Channel, **extra: Any) -> HttpResponse:
    deliveries = channel.deliveries.select_related("channel").newest_first()
    now = timezone.now()
    (row,) = pages.rows_of([channel])
    context = {
        "channel": channel,
        "row": row,
        "test": pages.last_test(channel, now),
        "rules": channel.rules.prefetch_related("connections"),
        "deliveries": deliveries[:LATEST],
        "preview": preview_of(channel, now),
        "steps": STEPS[channel.kind],
        "address_form": AddressForm(channel.kind),
        "times_form": times_form(channel),
        "rule_form": RuleForm(channel, request.viewer),
        "now": now,
        **extra,
    }
    return render(request, "alerts/channel.html", context)
