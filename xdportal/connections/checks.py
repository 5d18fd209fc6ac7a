"""`manage.py check`: report credentials that do not open, by key. They never stop start-up."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from xdportal.connections.rotation import unopened


@register
def unknown_keys(**kwargs: Any) -> list[CheckMessage]:
    """Report nothing while there is no database, or no table yet."""
    try:
        counts = unopened()
    except DatabaseError:
        return []
    return [
        Warning(
            f"{count} credentials sealed with the key {key_id!r} do not open with CREDENTIAL_KEYS.",
            hint="Put that key back (another one may have its id), or have the credentials "
            "entered again: their connections need attention.",
            id="connections.W001",
        )
        for key_id, count in sorted(counts.items())
    ]
