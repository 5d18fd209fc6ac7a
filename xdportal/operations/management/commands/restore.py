from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from xdportal.operations import backup


class Command(BaseCommand):
    help = "Fill an empty installation from a FILE that `backup` wrote. Stop web and worker first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            manifest = backup.restore(file)
        except backup.Refused as refused:
            raise CommandError(str(refused)) from None
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        self.stderr.write(f"Restored the backup of {manifest['made_at']}.")
        for key in backup.unknown_keys(manifest):
            self.stderr.write(
                f"CREDENTIAL_KEYS lacks the key {key!r}: the connections it sealed will ask for "
                f"their credential."
            )
