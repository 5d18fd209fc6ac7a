"""What the templates of every page know about people and teams."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from xdportal.accounts import mail_queue
from xdportal.accounts.models import User


def people(request: HttpRequest) -> dict[str, Any]:
    return {
        "theme": _theme(request),
        "open_sign_up": settings.OPEN_SIGN_UP,
        "single_sign_on": bool(settings.SINGLE_SIGN_ON.apps),
        "second_factor_required": settings.REQUIRE_SECOND_FACTOR,
        "sends_mail": mail_queue.is_configured(),
        "is_without_administrator": is_without_administrator,
    }


def is_without_administrator() -> bool:
    """Whether nobody can sign in yet. One query, for the page that asks."""
    return not User.objects.filter(is_superuser=True).exists()


def _theme(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    theme = user.theme if user is not None and is_known else request.COOKIES.get("theme", "")
    return theme if theme in User.Theme.values else User.Theme.AUTO
