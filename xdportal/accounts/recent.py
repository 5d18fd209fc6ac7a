"""Dangerous actions ask for the password or second factor again after five minutes."""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    STATE_SESSION_KEY,
    get_reauthentication_flows,
)
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from xdportal.accounts.requests import AuthenticatedRequest

# What a resumed view may need. No cookies: the session's key must not be stored in the session.
KEPT_META = (
    "REMOTE_ADDR",
    "HTTP_USER_AGENT",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "CONTENT_TYPE",
)

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[AuthenticatedRequest, Arguments], HttpResponse]


def recent_sign_in(view: View[Arguments]) -> View[Arguments]:
    """Let a POST through only after a recent sign-in. A GET always passes."""

    @wraps(view)
    def guarded(
        request: AuthenticatedRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponse:
        if request.method == "POST":
            require_recent_sign_in(request)
        return view(request, *args, **kwargs)

    return cast(View[Arguments], guarded)


def require_recent_sign_in(request: HttpRequest) -> None:
    """Break off with the page that asks.

    The request is resumed afterwards, unless it carries secrets.
    """
    if not is_recent(request):
        raise ReauthenticationRequired


def is_recent(request: HttpRequest) -> bool:
    """Whether a password, key or code was given within the last five minutes.

    Signing in counts. Someone who only has a single sign-on has nothing to be asked for.
    """
    if not get_reauthentication_flows(request.user):
        return True
    since = time.time() - REAUTHENTICATION_TIMEOUT
    return any(record["at"] > since for record in get_authentication_records(request, request.user))


def ask_to_sign_in_again(request: HttpRequest) -> HttpResponse:
    """Suspend the request and redirect to the page that asks.

    allauth's own suspension would store the session's key and every secret of the form.
    """
    methods: list[dict[str, Any]] = get_adapter().get_reauthentication_methods(request.user)
    page = methods[0]["url"] if methods else reverse("account_login")
    back = request.get_full_path() if request.method == "GET" else request.path
    if request.method == "POST":
        _suspend(request)
    return HttpResponseRedirect(f"{page}?{urlencode({'next': back})}")


def _suspend(request: HttpRequest) -> None:
    if hasattr(request, "sensitive_post_parameters"):
        messages.info(
            request,
            _("Please enter it again: it was not saved before you confirmed your identity."),
        )
        return
    request.session[STATE_SESSION_KEY] = {"request": _serialized(request)}


def _serialized(request: HttpRequest) -> str:
    """Return the request in the form that allauth's `deserialize_request` reads."""
    return json.dumps(
        {
            "path": request.path,
            "path_info": request.path_info,
            "META": {name: request.META[name] for name in KEPT_META if name in request.META},
            "GET": request.GET.urlencode(),
            "POST": request.POST.urlencode(),
            "method": request.method,
            "scheme": request.scheme,
        }
    )
