from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "xdportal.alerts"
    verbose_name = _("Alerts")

    def ready(self) -> None:
        from xdportal.alerts import navigation, pairs, receivers, search, stars  # noqa: F401

        navigation.register()
        search.register()
        stars.register()
        pairs.register()
