from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xdportal.operations import demo


class Command(BaseCommand):
    help = "Fills an empty database with the demo's team, connections and sixty days of history."

    def handle(self, **options: Any) -> None:
        if not settings.DEMO_PASSWORD:
            raise CommandError("DEMO_PASSWORD is not set: this is no demo's installation, and nothing was added.")
        if demo.is_seeded():
            self.stderr.write("The demo is there already.")
            return
        demo.seed(settings.DEMO_PASSWORD, timezone.now())
        self.stderr.write("Done: the demo's team, two connections and sixty days of history.")
