"""One search: what every room finds, as a page and as the answers of the palette (Ctrl K)."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog.pasted_ids import ids_in
from xdportal.lib import search


@require_safe
def find(request: AuthenticatedRequest) -> HttpResponse:
    """Show what was found. Several ids lead straight to their check, unless one is still typing."""
    question = search.question_of(request.GET.get("q", ""))
    ids = [one.id for one in ids_in(question.text).ids]
    if len(ids) > 1 and "HX-Request" not in request.headers:
        return redirect(f"{reverse('check-ids')}?{urlencode({'ids': ' '.join(ids)})}")
    groups = search.found(request, question)
    number = sum(len(group.hits) for group in groups)
    context = {"question": question, "groups": groups, "number": number}
    return render(request, "catalog/search.html", context)
