from typing import Any

from django.contrib.auth.management.commands import createsuperuser


class Command(createsuperuser.Command):
    """Django's command, with its messages on standard error."""

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout = self.stderr
        super().handle(*args, **options)
