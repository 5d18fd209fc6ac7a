"""A team's audit trail, for its owners and managers."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts import audit, audit_names, teams
from xdportal.accounts.access import Right
from xdportal.accounts.forms import AuditForm
from xdportal.accounts.models import AuditEntry
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.lib.csv import csv_pieces, rows_of

ROWS = 50
FIELDS = ("time", "who", "what", "whom", "on_what", "address", "request")


@require_safe
def trail(request: AuthenticatedRequest) -> HttpResponse:
    team = teams.current(request, Right.MANAGE)
    form = AuditForm(team, request.GET)
    page = Paginator(form.entries(), ROWS).get_page(request.GET.get("page"))
    rows = audit_names.named(page.object_list, request.viewer)
    context = {"team": team, "form": form, "page": page, "rows": rows}
    return render(request, "accounts/audit.html", context)


@require_safe
def trail_csv(request: AuthenticatedRequest) -> StreamingHttpResponse:
    team = teams.current(request, Right.MANAGE)
    entries = AuditForm(team, request.GET).entries()
    if request.method == "GET":
        audit.note(AuditEntry.Kind.EXPORTED, team, "audit.csv", request)
    pieces = csv_pieces(FIELDS, rows_of(FIELDS, _records(entries)))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"xdportal-{team.slug}-audit-{timezone.localtime():%Y%m%d-%H%M}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _records(entries: Any) -> Iterator[dict[str, Any]]:
    for entry in entries.iterator(chunk_size=500):
        yield {
            "time": timezone.localtime(entry.at).isoformat(timespec="seconds"),
            "who": entry.who,
            "what": entry.kind,
            "whom": entry.whom,
            "on_what": entry.target,
            "address": entry.ip,
            "request": entry.request_id,
        }
