from django.apps import AppConfig


class ErrorCodesConfig(AppConfig):
    name = "xdportal.errorcodes"

    def ready(self) -> None:
        from xdportal.errorcodes import navigation, search

        navigation.register()
        search.register()
