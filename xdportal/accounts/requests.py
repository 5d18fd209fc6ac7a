from django.http import HttpRequest

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """What views get: LoginRequiredMiddleware lets nobody else through."""

    user: User
    viewer: Viewer
