from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from xdportal.connections.rotation import keys_in_use, rotate


class Command(BaseCommand):
    help = (
        "Seals every credential with the first of CREDENTIAL_KEYS, while the portal runs; may be interrupted and "
        "repeated. Prints each key's id and how many credentials are sealed with it."
    )

    def handle(self, **options: Any) -> None:
        keyring = settings.CREDENTIAL_KEYRING
        self.stderr.write(f"{rotate()} credentials were sealed again with the key {keyring.sealing_key!r}.")
        left = keys_in_use()
        for key_id in {**dict.fromkeys(keyring.key_ids, 0), **left}:
            self.stdout.write(f"{key_id} {left[key_id]}")
        if unopened := left.total() - left[keyring.sealing_key]:
            raise CommandError(
                f"{unopened} credentials do not open: their connections need attention. "
                "Put the missing key back and repeat this, or have them entered again."
            )
