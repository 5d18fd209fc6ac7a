from django.apps import AppConfig


class ErrorCodesConfig(AppConfig):
    name = "xdportal.errorcodes"
