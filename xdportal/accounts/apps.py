from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    default = True
    name = "xdportal.accounts"
    verbose_name = _("People and teams")

    def ready(self) -> None:
        from xdportal.accounts import checks, signals  # noqa: F401


class OpenSessionsConfig(UserSessionsConfig):  # type: ignore[misc]
    """allauth's table without its signals: those would store the key of each session in clear."""

    def ready(self) -> None:
        """Nothing to connect: `accounts.sessions` keeps the rows."""
