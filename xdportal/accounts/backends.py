from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from xdportal.accounts.guessing import user_of
from xdportal.accounts.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Check the password against one account, the one that failures are counted for.

    allauth would try every account the text may mean; this way each attempt costs one hash.
    """

    def _authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        found: User | None = self._check_password(
            user_of(request, credentials), str(credentials["password"])
        )
        return found
