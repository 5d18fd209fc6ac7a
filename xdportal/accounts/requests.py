from django.http import HttpRequest

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """The request of a signed-in user: LoginRequiredMiddleware stops everyone else."""

    user: User
    viewer: Viewer
