from collections import Counter
from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from xdportal.errorcodes import lookup
from xdportal.errorcodes.meanings import meanings, same_elsewhere, similar
from xdportal.errorcodes.reference import APIS, BY_CODE, ErrorCode

LONGEST_QUERY = 200


@require_safe
def error_codes(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    api = request.GET.get("api", "")
    matches = lookup.search(query)
    rows = [row for row in matches if api in ("", row.api_slug)]
    counts = Counter(row.api_slug for row in matches)
    context = {
        "query": query,
        "api": api,
        "apis": [(call, counts[call.slug]) for call in APIS],
        "total": len(matches),
        "count": len(rows),
        "groups": _by_api(rows),
    }
    return render(request, "errorcodes/list.html", context)


@require_safe
def error_code(request: HttpRequest, code: int) -> HttpResponse:
    if code not in BY_CODE:
        raise Http404
    rows = BY_CODE[code]
    found = meanings(rows)
    context = {
        "code": code,
        "url": request.build_absolute_uri(reverse("error-code", args=[code])),
        "meanings": found,
        "first": rows[0],
        "message_count": len({row.message_zh for row in rows}),
        "same": same_elsewhere(code),
        "similar": similar(found),
    }
    return render(request, "errorcodes/code.html", context)


def _by_api(rows: Iterable[ErrorCode]) -> list[list[ErrorCode]]:
    """Group rows by their call, the call of the best match first."""
    groups: dict[str, list[ErrorCode]] = {}
    for row in rows:
        group = groups.setdefault(row.api_slug, [])
        group.append(row)
    return list(groups.values())
