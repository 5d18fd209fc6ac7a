from typing import Any

from django.contrib.auth.management.commands import createsuperuser


class Command(createsuperuser.Command):
    """Django's, but for where its sentences go: standard output carries what was asked for alone."""

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout = self.stderr
        super().handle(*args, **options)
