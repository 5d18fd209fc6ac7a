from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class LibConfig(AppConfig):
    name = "xdportal.lib"

    def ready(self) -> None:
        from xdportal.lib import sqlite

        pre_migrate.connect(sqlite.use_write_ahead_log, sender=self)
