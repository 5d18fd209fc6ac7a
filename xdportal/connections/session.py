"""A connection's conversation with the provider: its credential, its token, the lists they open."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Self

from django.conf import settings

from xdportal.connections.models import Connection
from xdportal.lib import redaction
from xdportal.lib.models import Tally
from xdportal.provider.client import Answer, Client
from xdportal.provider.credentials import AccountSecret, BareToken
from xdportal.provider.errors import AuthError
from xdportal.provider.kinds import IMAGES, Kind


@contextmanager
def client_for(connection: Connection) -> Iterator[Client]:
    with Client(
        connection.base_url,
        deadline=settings.PROVIDER_DEADLINE,
        max_body=settings.PROVIDER_MAX_BODY,
    ) as client:
        yield client


class Sitting:
    """Reads several lists of one connection with one token and one TCP connection.

    Use it as a context manager. Each list has its own deadline and its own retries.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client_context = client_for(connection)

    def __enter__(self) -> Self:
        self._client = self._client_context.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._client_context.__exit__(*error)

    def serves(self, connection: Connection) -> bool:
        """Return whether the connection, as read just now, has the same account and credential."""
        mine = self._connection
        return (mine.environment, mine.account_id, mine.credential) == (
            connection.environment,
            connection.account_id,
            connection.credential,
        )

    def read(self, kind: Kind[Any], at: datetime, known: bytes | None = None) -> Answer:
        """Return a list, read with the cached token if it is still valid; a 401 renews it once.

        Raise ProviderError, or CredentialUnreadable before anything is sent. Call it within
        `redaction.scope()`.
        """
        credential = self._connection.opened_credential()
        self._client.begin()
        if isinstance(credential, BareToken):
            redaction.add(credential.token)
            return self._client.read_list(kind, credential.token, known)
        redaction.add(credential.secret)
        token = self._token(credential, at)
        with suppress(AuthError):
            return self._read_or_drop(kind, token, known)
        renewed = self._token(credential, at)
        return self._read_or_drop(kind, renewed, known)

    def _read_or_drop(self, kind: Kind[Any], token: str, known: bytes | None) -> Answer:
        """Read the list. Drop the token if it is refused, so that no other process uses it."""
        try:
            return self._client.read_list(kind, token, known)
        except AuthError:
            self._connection.drop_token()
            raise

    def _token(self, credential: AccountSecret, at: datetime) -> str:
        return self._connection.cached_token(at) or self._mint(credential, at)

    def _mint(self, credential: AccountSecret, at: datetime) -> str:
        token = self._client.get_token(credential)
        self._connection.keep_token(token, at)
        Tally.objects.add("token")
        return token.value


def read_images(connection: Connection, at: datetime, known: bytes | None = None) -> Answer:
    """Return the image list, read in a sitting of its own."""
    with Sitting(connection) as sitting:
        return sitting.read(IMAGES, at, known)


def try_credential(connection: Connection, at: datetime) -> int:
    """Mint a token and read the image list; return the number of images. Nothing is recorded."""
    credential = connection.opened_credential()
    if isinstance(credential, AccountSecret):
        connection.drop_token()
    answer = read_images(connection, at)
    return len(answer.listed.lines) if answer.listed else 0
