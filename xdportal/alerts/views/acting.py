"""What the views of alerts share: who acts, and which page a form returns to."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts.pins.actions import Actor


def actor_of(request: AuthenticatedRequest) -> Actor:
    return Actor(request.user, timezone.now(), request)


def back(request: AuthenticatedRequest, otherwise: str) -> HttpResponse:
    """Lead back to the page with the form, if it says which and it is one of ours."""
    target = request.POST.get("next", "")
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()):
        return HttpResponseRedirect(target)
    return redirect(otherwise)
