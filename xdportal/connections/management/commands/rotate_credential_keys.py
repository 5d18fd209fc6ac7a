from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from xdportal.accounts import audit, factors
from xdportal.accounts.models import AuditEntry
from xdportal.connections.rotation import keys_in_use, rotate


class Command(BaseCommand):
    help = (
        "Seals every credential and second factor with the first of CREDENTIAL_KEYS, while the portal runs; may be "
        "interrupted and repeated. Prints each key's id and how many secrets are sealed with it."
    )

    def handle(self, **options: Any) -> None:
        keyring = settings.CREDENTIAL_KEYRING
        credentials, second = rotate(), factors.rotate()
        self.stderr.write(
            f"Sealed again with the key {keyring.sealing_key!r}: {credentials} credentials, {second} second factors."
        )
        left = keys_in_use() + factors.key_ids()
        audit.note(AuditEntry.Kind.KEYS_ROTATED, target=", ".join(f"{key} {left[key]}" for key in sorted(left)))
        for key_id in {**dict.fromkeys(keyring.key_ids, 0), **left}:
            self.stdout.write(f"{key_id} {left[key_id]}")
        if unopened := left.total() - left[keyring.sealing_key]:
            raise CommandError(
                f"{unopened} secrets do not open; connections among them need attention. "
                "Put the missing key back and repeat this, or have them entered again."
            )
