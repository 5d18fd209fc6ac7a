"""Changing the key that seals credentials while the portal runs.

An interrupted rotation can be repeated and goes on where it was.
"""

from collections import Counter
from collections.abc import Iterator

from django.conf import settings

from xdportal.connections.models import Connection, CredentialUnreadable
from xdportal.lib.sealing import CannotOpen, Keyring, key_id_of

BATCH = 200  # rows in memory at a time


def keys_in_use() -> Counter[str]:
    """Return the number of credentials sealed with each key, by its id."""
    sealed = Connection.objects.exclude(credential="").values_list("credential", flat=True)
    return Counter(key_id_of(text) for text in sealed.iterator())


def unopened() -> Counter[str]:
    """Return the number of credentials that do not open, by the id of their key.

    The key is missing, or another one has its id.
    """
    shut = (connection for connection in _with_credential() if not _opens(connection))
    return Counter(key_id_of(connection.credential) for connection in shut)


def rotate() -> int:
    """Seal with the first key what was sealed with another one; return how many credentials.

    A row is only written over what was read, so a credential that was saved in the meantime stays.
    Tokens of other keys go: the next check mints one. A credential that no key opens stays as it
    is, and its connection needs attention.
    """
    return sum(_reseal(connection) for connection in _with_credential())


def _with_credential() -> Iterator[Connection]:
    rows = Connection.objects.exclude(credential="").select_related("owner").order_by("pk")
    last = 0
    while batch := rows.filter(pk__gt=last)[:BATCH]:
        yield from batch
        last = batch[len(batch) - 1].pk


def _opens(connection: Connection) -> bool:
    try:
        connection.opened_credential()
    except CredentialUnreadable:
        return False
    return True


def _reseal(connection: Connection) -> bool:
    keyring: Keyring = settings.CREDENTIAL_KEYRING
    _drop_old_token(connection, keyring)
    field = f"credential.{connection.credential_kind}"
    context = connection.context_of(field)
    try:
        text = keyring.open(connection.credential, context)
    except CannotOpen:
        connection.needs_attention(Connection.Reason.UNREADABLE)
        return False
    if connection.credential.startswith(keyring.prefix):
        return False
    unchanged = Connection.objects.filter(pk=connection.pk, credential=connection.credential)
    return bool(unchanged.update(credential=keyring.seal(text, context)))


def _drop_old_token(connection: Connection, keyring: Keyring) -> None:
    if connection.token and not connection.token.startswith(keyring.prefix):
        unchanged = Connection.objects.filter(pk=connection.pk, token=connection.token)
        unchanged.update(token="", token_expires_at=None)
