from collections import Counter
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from xdportal.errorcodes.lookup import APIS, by_code, search


@require_safe
def error_codes(request: HttpRequest) -> HttpResponse:
    query, api = request.GET.get("q", "").strip()[:200], request.GET.get("api", "")
    every = search(query)
    rows = [row for row in every if api in ("", row.api_slug)]
    found = Counter(row.api_slug for row in every)
    groups = [(rows[0], rows) for rows in (list(group) for _, group in groupby(rows, key=lambda row: row.api_slug))]
    address = request.build_absolute_uri(reverse("error-codes"))
    context = {
        "address": address,
        "query": query,
        "api": api,
        "apis": [(call, found[call.slug]) for call in APIS],
        "total": len(every),
        "count": len(rows),
        "groups": groups,
    }
    return render(request, "errorcodes/list.html", context)


@require_safe
def error_code(request: HttpRequest, code: int) -> HttpResponse:
    """A code's first meaning on the reference page."""
    rows = by_code(code)
    if not rows:
        raise Http404
    return HttpResponseRedirect(f"{reverse('error-codes')}#{rows[0].anchor}")
