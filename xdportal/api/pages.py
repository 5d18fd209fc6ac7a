"""The pages about the API, for people."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xdportal import VERSION
from xdportal.api import client, docs, problems, snippets
from xdportal.api.specification import BASE


@login_not_required  # the `type` of a problem links here, for everyone
@require_safe
def reference(request: HttpRequest, part: str = "") -> HttpResponse:
    """Show all operations, or those of one part with all there is to say about them."""
    sections = docs.sections()
    parts = {section.group.name: section for section in sections}
    if part and part not in parts:
        raise Http404
    context = {
        "shell": _shell(request),
        "sections": sections,
        "part": parts.get(part),
        "problems": problems.KINDS,
        "base": settings.SITE_URL + BASE,
        "rate": settings.API_RATE,
        "version": VERSION,
    }
    return render(request, "api/docs.html", context)


@login_not_required
@require_safe
def use_in_ci(request: HttpRequest) -> HttpResponse:
    context = {
        "shell": _shell(request),
        "url": settings.SITE_URL,
        "first_steps": snippets.first_steps(settings.SITE_URL),
        "prints": snippets.PRINTS,
        "snippets": snippets.in_every_run(settings.SITE_URL),
        "digest": client.digest(),
        "version": VERSION,
    }
    return render(request, "api/ci.html", context)


@login_not_required
@require_safe
def client_file(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(client.content(), content_type="text/x-python; charset=utf-8")
    response.headers["ETag"] = f'"{client.digest()}"'
    return _public(response)


@login_not_required
@require_safe
def client_checksum(request: HttpRequest) -> HttpResponse:
    content = client.checksum_file()
    return _public(HttpResponse(content, content_type="text/plain; charset=utf-8"))


def _shell(request: HttpRequest) -> str:
    return "base.html" if request.user.is_authenticated else "api/public.html"


def _public(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, no-cache"
    return response
