"""Changing the key that seals credentials, while the portal runs; interrupted, it goes on where it was."""

from collections import Counter
from collections.abc import Iterator

from django.conf import settings

from xdportal.connections.models import Connection, CredentialUnreadable
from xdportal.lib.sealing import CannotOpen, Keyring, key_id_of

BATCH = 200  # rows held at a time


def keys_in_use() -> Counter[str]:
    """Key id → number of credentials sealed with it."""
    sealed = Connection.objects.exclude(credential="").values_list("credential", flat=True)
    return Counter(key_id_of(text) for text in sealed.iterator())


def unopened() -> Counter[str]:
    """Key id → number of credentials that do not open: their key is missing, or another one bears its id."""
    return Counter(key_id_of(connection.credential) for connection in _with_credential() if not _opens(connection))


def rotate() -> int:
    """Seals with the first key what was sealed with another one; the number of credentials sealed again.

    Each row is written only over what was read, so that a credential saved meanwhile stays. A token of another key
    goes: the next check mints one. A credential that no key opens stays as it is, and its connection needs attention.
    """
    return sum(_reseal(connection) for connection in _with_credential())


def _with_credential() -> Iterator[Connection]:
    rows, last = Connection.objects.exclude(credential="").select_related("owner").order_by("pk"), 0
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
    read = Connection.objects.filter(pk=connection.pk, credential=connection.credential)
    if connection.token and not connection.token.startswith(keyring.prefix):
        Connection.objects.filter(pk=connection.pk, token=connection.token).update(token="", token_expires_at=None)
    context = connection.context_of(f"credential.{connection.credential_kind}")
    try:
        text = keyring.open(connection.credential, context)
    except CannotOpen:
        connection.needs_attention("unreadable")
        return False
    if connection.credential.startswith(keyring.prefix):
        return False
    return bool(read.update(credential=keyring.seal(text, context)))
