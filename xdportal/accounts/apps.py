from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "xdportal.accounts"

    def ready(self) -> None:
        from xdportal.accounts import signals  # noqa: F401
