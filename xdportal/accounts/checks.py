"""`manage.py check`: second factors that none of the keys opens are counted, never a reason to stop."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from xdportal.accounts import factors


@register
def unknown_keys(**kwargs: Any) -> list[CheckMessage]:
    """Nothing to say while there is no database, or no table yet."""
    try:
        counts = factors.key_ids()
    except DatabaseError:
        return []
    return [
        Warning(
            f"{count} secrets of second factors were sealed with the key {key_id!r}, not in CREDENTIAL_KEYS.",
            hint="Put the key back, or take these second factors away in the admin panel.",
            id="accounts.W001",
        )
        for key_id, count in sorted(counts.items())
        if key_id not in settings.CREDENTIAL_KEYRING.key_ids
    ]
