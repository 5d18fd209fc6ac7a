"""Check my ids. Nothing of what is pasted is stored, logged or put into an address."""

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from xdportal.accounts import teams
from xdportal.accounts.access import Right, allows
from xdportal.accounts.models import Team
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.alerts.forms.ids import CorrectedText, IdsForm
from xdportal.alerts.pages import ids
from xdportal.catalog.models import Catalog
from xdportal.catalog.pasted_ids import corrected, ids_in
from xdportal.errorcodes import masking
from xdportal.lib.shares import Share

# Of a process's eight threads
SHARE = Share(size=2, each=1, methods=frozenset({"POST"}))


@SHARE.bound
@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
def check_ids(request: AuthenticatedRequest) -> HttpResponse:
    team = teams.current(request)
    catalogs = ids.catalogs_of(request.viewer)
    own = [catalog for catalog in catalogs if catalog.connection.team_id == team.pk]
    form = _form(request, own)
    context: dict[str, Any] = {
        "team": team,
        "form": form,
        "has_lists": bool(own),
        "may_pin": allows(team, Right.WORK),
        "patterns": json.dumps(masking.PATTERNS),
        "mask": masking.MASK,
    }
    if form.is_bound and form.is_valid():
        context |= _result(form, catalogs, team)
        context["form"] = IdsForm(own, initial=context["asked"])
    status = 413 if form.is_bound and form.is_too_long else 200
    return teams.remember(render(request, "alerts/check_ids.html", context, status=status), team)


def _form(request: AuthenticatedRequest, own: list[Catalog]) -> IdsForm:
    """Bind the form to what was pasted, or to the few ids that a link names."""
    if request.method == "POST":
        return IdsForm(own, request.POST)
    asked = request.GET.get("ids", "")
    return IdsForm(own, {**request.GET.dict(), "text": asked}) if asked else IdsForm(own)


def _result(form: IdsForm, catalogs: list[Catalog], team: Team) -> dict[str, Any]:
    now = timezone.now()
    text = masking.mask(form.cleaned_data["text"])
    scope = ids.scope_of(
        catalogs, team, form.cleaned_data["connection"], form.since_or(now - ids.RECENT)
    )
    pasted = ids_in(text)
    result = ids.check(pasted, scope, team, now)
    instead = {"corrected": corrected(text, pasted, result.corrections)}
    return {
        "result": result,
        "asked": {**form.cleaned_data, "text": text},
        "correction": CorrectedText(initial=instead) if result.corrections else None,
        "is_masked": masking.MASK in text,
        "now": now,
    }
