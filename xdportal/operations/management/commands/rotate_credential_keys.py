from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry
from xdportal.operations import keys


class Command(BaseCommand):
    help = (
        "Encrypt every credential, second factor and channel with the first of CREDENTIAL_KEYS "
        "while the portal runs. It can be interrupted and repeated. Print the id of each key and "
        "how many secrets are encrypted with it. Fail while some can't be decrypted."
    )

    def handle(self, **options: Any) -> None:
        keyring = settings.CREDENTIAL_KEYRING
        sealed_again = ", ".join(f"{number} {kind}" for kind, number in keys.seal_again().items())
        self.stderr.write(f"Sealed again with the key {keyring.sealing_key!r}: {sealed_again}.")
        left = keys.sealed().total
        shut = keys.unopened().total
        counts = {key_id: left[key_id] - shut[key_id] for key_id in keyring.key_ids}
        counts |= {key_id: left[key_id] for key_id in left if key_id not in counts}
        used = sorted(f"{key_id} {count}" for key_id, count in counts.items() if count)
        audit.note(AuditEntry.Kind.KEYS_ROTATED, target=", ".join(used))
        for key_id, count in counts.items():
            self.stdout.write(f"{key_id} {count}")
        if unfinished := left.total() - counts[keyring.sealing_key]:
            raise CommandError(
                f"{unfinished} secrets do not open; connections among them need attention. "
                "Put the missing key back and repeat this, or have them entered again."
            )
