from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    default = True
    name = "xdportal.accounts"
    verbose_name = _("People and teams")

    def ready(self) -> None:
        from xdportal.accounts import navigation, receivers, search  # noqa: F401

        navigation.register()
        search.register()


class OpenSessionsConfig(UserSessionsConfig):  # type: ignore[misc]  # allauth has no types
    """allauth's table without its signals, which would store each session's key in the clear."""

    def ready(self) -> None:
        """Connect nothing: `accounts.sessions` maintains the rows."""
