"""What the API answers where a request did not get as far as one of its views, or a view failed."""

from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from xdportal.api import problems
from xdportal.api.problems import Problem


def is_of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/v1/")


def not_found(request: HttpRequest) -> HttpResponse:
    """A NUL in a query string ends here, too, although the address exists."""
    if "\0" in unquote(request.META.get("QUERY_STRING", "")):
        words = _("Control characters are not allowed.")
        return problems.invalid("query", words).response(request)
    return Problem(problems.NOT_FOUND).response(request)


def bad_request(request: HttpRequest) -> HttpResponse:
    return Problem(problems.INVALID).response(request)


def unavailable(request: HttpRequest, sentence: object) -> HttpResponse:
    return Problem(problems.UNAVAILABLE, sentence).response(request)


def server_error(request: HttpRequest) -> HttpResponse:
    return Problem(problems.SERVER_ERROR).response(request)
