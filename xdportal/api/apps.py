from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "xdportal.api"
    verbose_name = _("API")

    def ready(self) -> None:
        from xdportal.api import navigation

        navigation.register()
