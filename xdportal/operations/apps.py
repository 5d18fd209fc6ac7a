from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "xdportal.operations"

    def ready(self) -> None:
        from xdportal.operations import navigation, notices

        navigation.register()
        notices.register()
