from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from xdportal.accounts import teams
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts import actions
from xdportal.alerts.access import get_channel_or_404, get_rule_or_404
from xdportal.alerts.forms import refuse
from xdportal.alerts.forms.rules import RuleForm
from xdportal.alerts.views import channels
from xdportal.alerts.views.acting import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    """Add a rule. A refused form is shown on the channel's page."""
    channel = get_channel_or_404(request.viewer, uuid)
    if channel.team is None:
        raise Http404
    if request.method != "POST":
        return redirect(channel)
    teams.show(request, channel.team)
    form = RuleForm(channel, request.viewer, request.POST)
    if form.is_valid():
        try:
            actions.add_rule(channel, form.wish(), actor_of(request))
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("The rule was added."))
            return redirect(channel)
    return channels.page(request, channel, rule_form=form)


@require_POST
def remove(request: AuthenticatedRequest, uuid: UUID) -> HttpResponse:
    rule = get_rule_or_404(request.viewer, uuid)
    if rule.channel.team is None:
        raise Http404
    actions.remove_rule(rule, actor_of(request))
    messages.success(request, _("The rule was removed."))
    return redirect(rule.channel)
