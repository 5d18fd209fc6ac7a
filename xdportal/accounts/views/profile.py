from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xdportal.accounts import audit, sessions
from xdportal.accounts.forms import ProfileForm
from xdportal.accounts.models import AuditEntry, User
from xdportal.accounts.requests import AuthenticatedRequest


def profile(request: AuthenticatedRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        response = redirect("profile")
        _remember(response, "theme", user.theme)
        if user.language:
            _remember(response, settings.LANGUAGE_COOKIE_NAME, user.language)
        messages.success(request, _("Saved."))
        return response
    return render(request, "accounts/profile.html", {"form": form})


@require_safe
def session_list(request: AuthenticatedRequest) -> HttpResponse:
    context = {
        "sessions": sessions.open_sessions(request.user),
        "current": sessions.key_of(request),
    }
    return render(request, "accounts/sessions.html", context)


@require_POST
def session_end(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if session.session_key == sessions.key_of(request):
        get_adapter().logout(request)
        return redirect("account_login")
    sessions.end(session)
    audit.note(AuditEntry.Kind.SESSIONS_ENDED, target="1", request=request, subject=request.user)
    messages.success(request, _("That session was signed out."))
    return redirect("sessions")


@require_POST
def session_end_others(request: AuthenticatedRequest) -> HttpResponse:
    ended = sessions.end_all(request.user, but=sessions.key_of(request))
    audit.note(
        AuditEntry.Kind.SESSIONS_ENDED, target=str(ended), request=request, subject=request.user
    )
    messages.success(request, _("All other sessions were signed out."))
    return redirect("sessions")


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Store the choice in a cookie and in the profile, then go back to the same page."""
    language = request.POST.get("language", "")
    response = _back(request)
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        _store(request, language=language)
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    response = _back(request)
    if theme in User.Theme.values:
        _remember(response, "theme", theme)
        _store(request, theme=theme)
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    return HttpResponseRedirect(target)


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=365 * 86400, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def _store(request: HttpRequest, **fields: str) -> None:
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(**fields)
