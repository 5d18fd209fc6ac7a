from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from xdportal.accounts.guessing import user_of
from xdportal.accounts.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Asks one account, the one for which wrong passwords are counted: so every try costs one hash, whatever is typed.

    allauth's own asks all accounts that the typed text may mean, one after the other.
    """

    def _authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        found: User | None = self._check_password(
            user_of(request, credentials), str(credentials["password"])
        )
        return found
