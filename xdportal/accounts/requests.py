from typing import cast

from django.http import HttpRequest

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """The request of a signed-in user: LoginRequiredMiddleware stops everyone else."""

    user: User
    viewer: Viewer


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who is asking, in code that is handed any request: the middleware names them all."""
    return cast(AuthenticatedRequest, request).viewer
