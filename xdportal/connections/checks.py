"""`manage.py check`: credentials that none of the keys opens are counted, never a reason to stop."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from xdportal.connections.rotation import keys_in_use


@register
def unknown_keys(**kwargs: Any) -> list[CheckMessage]:
    """Nothing to say while there is no database, or no table yet."""
    try:
        counts = keys_in_use()
    except DatabaseError:
        return []
    return [
        Warning(
            f"{count} credentials were sealed with the key {key_id!r}, which CREDENTIAL_KEYS does not hold.",
            hint="Put the key back, or have the credentials entered again: their connections need attention.",
            id="connections.W001",
        )
        for key_id, count in sorted(counts.items())
        if key_id not in settings.CREDENTIAL_KEYRING.key_ids
    ]
