import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from xdportal.alerts import receiving
from xdportal.alerts.deliveries import sending


class Command(BaseCommand):
    help = (
        "Evaluate events and send what is due, in this process; print one JSON object for "
        "each attempt. Without --once, repeat that until nothing is due any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Look once for what is due.")

    def handle(self, *, once: bool, **options: Any) -> None:
        while self._round() and not once:
            pass

    def _round(self) -> int:
        """Return how many attempts were made."""
        at = timezone.now()
        receiving.receive(at)
        receiving.look_after(at)
        attempts = 0
        for key in sending.due(timezone.now()):
            record = sending.send(key)
            if record is not None:
                self.stdout.write(json.dumps(record, ensure_ascii=False))
                attempts += 1
        return attempts
