import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xdportal.accounts.models import User
from xdportal.operations import demo


class Command(BaseCommand):
    help = (
        "Fill an empty database with the demo's user, team, connections and sixty days of "
        "history. Without DEMO_PASSWORD, choose a password and print it with the user name."
    )

    def handle(self, **options: Any) -> None:
        if demo.is_seeded():
            self.stderr.write("The demo is there already.")
            return
        if not settings.DEMO_PASSWORD and User.objects.exists():
            raise CommandError(
                "There are users already and DEMO_PASSWORD is not set: nothing was added."
            )
        password = settings.DEMO_PASSWORD or secrets.token_urlsafe(9)
        demo.seed(password, timezone.now())
        if not settings.DEMO_PASSWORD:
            self.stdout.write(f"demo {password}")
        self.stderr.write("Done: the demo's team, two connections and sixty days of history.")
