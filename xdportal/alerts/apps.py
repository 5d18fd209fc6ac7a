from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "xdportal.alerts"
    verbose_name = _("Alerts")

    def ready(self) -> None:
        from xdportal.alerts import navigation, pairs, receivers, stars  # noqa: F401

        navigation.register()
        stars.register()
        pairs.register()
