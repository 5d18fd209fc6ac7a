"""`manage.py check`: second factors that do not open are counted, by key, never a reason to stop."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from xdportal.accounts import factors


@register
def unknown_keys(**kwargs: Any) -> list[CheckMessage]:
    """Nothing to say while there is no database, or no table yet."""
    try:
        counts = factors.unopened()
    except DatabaseError:
        return []
    return [
        Warning(
            f"{count} secrets of second factors sealed with the key {key_id!r} do not open with CREDENTIAL_KEYS.",
            hint="Put that key back (another one may bear its id), or take these factors away in the admin panel.",
            id="accounts.W001",
        )
        for key_id, count in sorted(counts.items())
    ]
