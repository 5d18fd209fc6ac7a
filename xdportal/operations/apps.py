from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "xdportal.operations"
