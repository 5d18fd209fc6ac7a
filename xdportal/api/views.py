"""The path of every API request: who asks, in which format, for what; then the handler."""

from collections.abc import Callable, Mapping

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import User
from xdportal.api import auth, etags, negotiation, problems, reading
from xdportal.api.etags import NotModified
from xdportal.api.operations import JSON, Answer, Call, Operation, Query
from xdportal.api.problems import InvalidField, Problem

View = Callable[..., HttpResponseBase]
Methods = Mapping[str, Operation]
PRIVATE = "private, no-cache"
NO_CONTENT = 204


def view_of(methods: Methods) -> View:
    """Return the view of one address, from its operations by method."""

    @csrf_exempt  # a session may only read
    @login_not_required
    def view(request: HttpRequest, **path: str) -> HttpResponseBase:
        with timezone.override("UTC"):
            response = _answered(request, methods, path)
        response.headers["Cache-Control"] = PRIVATE
        patch_vary_headers(response, ("Accept", "Accept-Language", "Authorization", "Cookie"))
        return response

    return view


@csrf_exempt
@login_not_required
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    return Problem(problems.NOT_FOUND, _("The API has no such URL.")).response(request)


def _answered(request: HttpRequest, methods: Methods, path: Mapping[str, str]) -> HttpResponse:
    try:
        return _performed(request, methods, path)
    except NotModified as known:
        return HttpResponseNotModified(headers={"ETag": str(known)})
    except Problem as problem:
        return problem.response(request)
    except Http404:
        return Problem(problems.NOT_FOUND).response(request)
    except PermissionDenied:
        return Problem(problems.FORBIDDEN).response(request)
    except ValidationError as error:
        return Problem(problems.INVALID, errors=_named(error)).response(request)


def _performed(request: HttpRequest, methods: Methods, path: Mapping[str, str]) -> HttpResponse:
    allowed = _allowed(methods)
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": allowed})
    operation = methods.get("GET" if request.method == "HEAD" else request.method or "")
    if operation is None:
        raise Problem(problems.METHOD_NOT_ALLOWED, headers={"Allow": allowed})
    call = _call(request, operation, path)
    return _response(call, operation.handler(call))


def _call(
    request: HttpRequest, operation: Operation, path: Mapping[str, str]
) -> Call[Query, object]:
    at = timezone.now()
    viewer = Viewer(User()) if operation.is_public else auth.viewer_of(request, operation, at)
    media = negotiation.media_for(request, operation.answers)
    query = reading.read_query(request, operation.query)
    body, content = reading.read_body(request, operation) if operation.bodies else (None, "")
    return Call(
        request=request,
        operation=operation,
        viewer=viewer,
        at=at,
        path=path,
        query=query,
        body=body,
        media=media,
        content=content,
    )


def _response(call: Call[Query, object], answer: Answer) -> HttpResponse:
    is_text = isinstance(answer.data, str)
    content = answer.data.encode() if is_text else msgspec.json.encode(answer.data)
    if call.operation.is_read and answer.status == 200:
        call.etag = call.etag or etags.of_content(content, call.viewer)
        etags.raise_if_known(call.request, call.etag)
        answer.headers["ETag"] = call.etag
    if answer.status == NO_CONTENT:
        response = HttpResponse(status=NO_CONTENT)
        del response.headers["Content-Type"]
        return response
    media = answer.media if answer.media == JSON else f"{answer.media}; charset=utf-8"
    return HttpResponse(content, status=answer.status, content_type=media, headers=answer.headers)


def _allowed(methods: Methods) -> str:
    also = ["HEAD"] if "GET" in methods else []
    return ", ".join(sorted([*methods, *also, "OPTIONS"]))


def _named(error: ValidationError) -> list[InvalidField]:
    if not hasattr(error, "error_dict"):
        return [InvalidField("body", " ".join(error.messages))]
    return [InvalidField(name, " ".join(words)) for name, words in error.message_dict.items()]
