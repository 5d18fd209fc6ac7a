from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "xdportal.accounts"
    verbose_name = _("People and teams")

    def ready(self) -> None:
        from xdportal.accounts import checks, signals  # noqa: F401
