from django.apps import AppConfig


class ErrorCodesConfig(AppConfig):
    name = "xdportal.errorcodes"

    def ready(self) -> None:
        from xdportal.errorcodes import navigation

        navigation.register()
