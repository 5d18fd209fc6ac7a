"""`manage.py check`: report sealed secrets that do not open, by key. They never stop start-up."""

from typing import Any, NamedTuple

from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from xdportal.operations import keys


class Secret(NamedTuple):
    id: str
    names: str  # plural, as a sentence begins after their number
    otherwise: str  # what to do when the key is lost


SECRETS = {
    "credentials": Secret(
        "connections.W001",
        "credentials",
        "have the credentials entered again: their connections need attention",
    ),
    "second_factors": Secret(
        "accounts.W001", "secrets of second factors", "remove these factors in the admin panel"
    ),
    "channels": Secret(
        "alerts.W001", "addresses of channels", "have the addresses of these channels entered again"
    ),
}


@register
def unknown_keys(**kwargs: Any) -> list[CheckMessage]:
    """Report nothing while there is no database, or no table yet."""
    try:
        unopened = keys.unopened()
    except DatabaseError:
        return []
    return [
        _warning(SECRETS[kind], key_id, count)
        for kind, counts in unopened._asdict().items()
        for key_id, count in sorted(counts.items())
    ]


def _warning(secret: Secret, key_id: str, count: int) -> CheckMessage:
    return Warning(
        f"{count} {secret.names} sealed with the key {key_id!r} do not open with CREDENTIAL_KEYS.",
        hint=f"Put that key back (another one may have its id), or {secret.otherwise}.",
        id=secret.id,
    )
