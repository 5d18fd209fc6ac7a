from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from xdportal.alerts import unsubscribing


@login_not_required
@csrf_exempt  # a mail program posts by itself (RFC 8058); the link's signature is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the mails of a channel; a GET only asks."""
    channel = unsubscribing.channel_of(token)
    if channel is None:
        raise Http404
    if request.method == "POST":
        unsubscribing.unsubscribe(channel, timezone.now())
    context = {"channel": channel, "is_done": request.method == "POST"}
    return render(request, "alerts/unsubscribe.html", context)
