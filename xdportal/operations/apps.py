from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "xdportal.operations"

    def ready(self) -> None:
        from xdportal.operations import checks, navigation, notices, receivers  # noqa: F401

        navigation.register()
        notices.register()
