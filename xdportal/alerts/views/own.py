"""A person's own mails: what everyone hears without any rule, changed or switched off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts import own
from xdportal.alerts.forms.own import OwnForm


@require_http_methods(["GET", "HEAD", "POST"])
def own_alerts(request: AuthenticatedRequest) -> HttpResponse:
    form = OwnForm(request.POST or None, initial=own.settings_of(request.user))
    if request.method == "POST" and form.is_valid():
        own.change(request.user, form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("own-alerts")
    return render(request, "alerts/own.html", {"form": form})
