from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "xdportal.catalog"

    def ready(self) -> None:
        from xdportal.catalog import signals  # noqa: F401
