from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xdportal.operations import backup


class Command(BaseCommand):
    help = "Write a consistent copy of the database to FILE (mode 0600) while the portal runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            manifest = backup.backup(file, timezone.now())
        except backup.Refused as refused:
            raise CommandError(str(refused)) from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        keys = ", ".join(manifest["credential_keys"]) or "none"
        self.stderr.write(f"Backed up to {file}. Keys it needs, to be kept apart from it: {keys}.")
