from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectionsConfig(AppConfig):
    name = "xdportal.connections"
    verbose_name = _("Connections")

    def ready(self) -> None:
        from xdportal.connections import navigation, receivers, search  # noqa: F401

        navigation.register()
        search.register()
