from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "xdportal.catalog"
    verbose_name = _("History")

    def ready(self) -> None:
        from xdportal.catalog import navigation, receivers, search  # noqa: F401
        from xdportal.catalog.pages.connection import Lists
        from xdportal.connections import hooks

        navigation.register()
        search.register()
        hooks.register(Lists())
