import sys

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from xdportal.api import failures
from xdportal.operations import health
from xdportal.operations import metrics as prometheus
from xdportal.operations.outage import Outage, outage_of

TRY_AGAIN = 10  # seconds


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    found = health.recent_readiness()
    return JsonResponse(found, status=200 if all(found.values()) else 503)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not prometheus.is_open_to(request):
        raise Http404
    return HttpResponse(prometheus.text(), content_type=CONTENT_TYPE_LATEST)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if failures.is_of_api(request):
        return failures.bad_request(request)
    return _plain_error(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if failures.is_of_api(request):
        return failures.not_found(request)
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    outage = outage_of(sys.exception())
    if outage is not None:
        return _unavailable(request, outage)
    if failures.is_of_api(request):
        return failures.server_error(request)
    return _plain_error(request, "500.html", 500)


def _unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    if failures.is_of_api(request):
        response = failures.unavailable(request, outage.sentence)
    else:
        response = _plain_error(request, "503.html", 503, sentence=outage.sentence)
    response.headers["Retry-After"] = str(TRY_AGAIN)
    return response


def _plain_error(
    request: HttpRequest, template: str, status: int, **context: object
) -> HttpResponse:
    """Answer without the context of other pages, because that may be what is broken."""
    request_id = getattr(request, "request_id", "")
    text = render_to_string(template, {"request_id": request_id, **context})
    return HttpResponse(text, status=status)
