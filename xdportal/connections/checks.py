"""`manage.py check`: credentials that none of the keys opens are counted, never a reason to stop."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from xdportal.connections.models import Connection
from xdportal.lib.sealing import key_id_of


@register
def unknown_keys(**kwargs: Any) -> list[CheckMessage]:
    """Nothing to say while there is no database, or no table yet."""
    try:
        counts = Counter(
            key_id_of(text) for text in Connection.objects.exclude(credential="").values_list("credential", flat=True)
        )
    except DatabaseError:
        return []
    return [
        Warning(
            f"{count} credentials were sealed with the key {key_id!r}, which CREDENTIAL_KEYS does not hold.",
            hint="Put the key back, or have the credentials entered again: their connections need attention.",
            id="connections.W001",
        )
        for key_id, count in sorted(counts.items())
        if not settings.CREDENTIAL_KEYRING.knows(key_id)
    ]
