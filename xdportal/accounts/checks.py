"""For `manage.py check`: warn of second factors that can't be opened, counted by key."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from xdportal.accounts import factors


@register
def unknown_keys(**kwargs: Any) -> list[CheckMessage]:
    """Say nothing while there is no database or no table."""
    try:
        counts = factors.unopened()
    except DatabaseError:
        return []
    return [
        Warning(
            f"{count} secrets of second factors, sealed with the key {key_id!r}, "
            "can't be opened with CREDENTIAL_KEYS.",
            hint="Put that key back (another one may have its id), "
            "or remove these factors in the admin panel.",
            id="accounts.W001",
        )
        for key_id, count in sorted(counts.items())
    ]
