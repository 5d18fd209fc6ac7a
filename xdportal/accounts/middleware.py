import zoneinfo
from collections.abc import Callable
from typing import cast

import requests
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from xdportal.accounts import recent
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import User
from xdportal.accounts.requests import AuthenticatedRequest

View = Callable[[HttpRequest], HttpResponse]
WITHOUT_SECOND_FACTOR = {"account_logout", "account_reauthenticate", "set-language", "set-theme"}


def viewer(get_response: View) -> View:
    """Set `request.viewer`: a signed-in session has all the rights of its user's roles."""

    def middleware(request: HttpRequest) -> HttpResponse:
        viewer = SimpleLazyObject(lambda: Viewer(cast(User, request.user)))
        cast(AuthenticatedRequest, request).viewer = cast(Viewer, viewer)
        return get_response(request)

    return middleware


def preferences(get_response: View) -> View:
    """Activate a signed-in user's language and time zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return get_response(request)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        with timezone.override(
            zoneinfo.ZoneInfo(user.time_zone) if user.time_zone else timezone.get_default_timezone()
        ):
            return get_response(request)

    return middleware


def second_factor(get_response: View) -> View:
    """With REQUIRE_SECOND_FACTOR, lead users without one to the page where it is set up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (
            not settings.REQUIRE_SECOND_FACTOR
            or not request.user.is_authenticated
            or is_mfa_enabled(request.user)
        ):
            return get_response(request)
        name = _name(request.path_info)
        if name.startswith("mfa_") or name in WITHOUT_SECOND_FACTOR:
            return get_response(request)
        return redirect("mfa_index")

    return middleware


def recent_sign_in(get_response: View) -> View:
    """Ask for a recent sign-in before allauth's own middleware does."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return (
            recent.ask_to_sign_in_again(request)
            if isinstance(exception, ReauthenticationRequired)
            else None
        )

    # Django looks for it there.
    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def sign_on_unreachable(get_response: View) -> View:
    """Answer 502 with an explanation if a single sign-on provider cannot be reached."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, requests.RequestException) or not request.path_info.startswith(
            "/sign-on/"
        ):
            return None
        return render(request, "socialaccount/authentication_error.html", status=502)

    # Django looks for it there.
    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def _name(path: str) -> str:
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""
