from django.http import HttpRequest, HttpResponse

from xdportal.lib.middleware import View
from xdportal.operations import views

PROBES: dict[str, View] = {"/healthz": views.healthz, "/readyz": views.readyz}


def probes(get_response: View) -> View:
    """Answer probes before anything asks for the session, which needs the database."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return PROBES.get(request.path_info, get_response)(request)

    return middleware
