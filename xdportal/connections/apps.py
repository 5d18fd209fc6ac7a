from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "xdportal.connections"

    def ready(self) -> None:
        from xdportal.connections import checks, signals  # noqa: F401
