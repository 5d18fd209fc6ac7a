"""A connection's talk with the provider: its credential, its token, and the lists they open."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.conf import settings

from xdportal.connections.models import Connection
from xdportal.lib import redaction
from xdportal.lib.models import Tally
from xdportal.provider.client import Answer, Client
from xdportal.provider.credentials import AccountSecret, BareToken, Credential
from xdportal.provider.errors import AuthError
from xdportal.provider.kinds import IMAGES, Kind


class Sitting(AbstractContextManager["Sitting"]):
    """Lists of one connection, read one after the other with one token and one TCP connection."""

    def __init__(self, connection: Connection) -> None:
        self._client = Client(
            connection.base_url,
            deadline=settings.PROVIDER_DEADLINE,
            max_body=settings.PROVIDER_MAX_BODY,
        )

    def __enter__(self) -> "Sitting":
        self._client.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._client.__exit__(*error)

    def read(self, kind: Kind[Any], connection: Connection, at: datetime, known: bytes | None = None) -> Answer:
        """Read a list by the cached token while it lives; a 401 in use renews it once.

        Raises ProviderError, or CredentialUnreadable before anything is sent. To be called within
        `redaction.scope()`.
        """
        credential = connection.opened_credential()
        if isinstance(credential, BareToken):
            redaction.add(credential.token)
            return self._client.read_list(kind, credential.token, known)
        redaction.add(credential.secret)
        token = connection.cached_token(at) or self._mint(connection, credential, at)
        try:
            return self._client.read_list(kind, token, known)
        except AuthError:
            connection.drop_token()
        token = connection.cached_token(at) or self._mint(connection, credential, at)
        try:
            return self._client.read_list(kind, token, known)
        except AuthError:
            connection.drop_token()
            raise

    def _mint(self, connection: Connection, credential: AccountSecret, at: datetime) -> str:
        token = self._client.get_token(credential)
        connection.keep_token(token, at)
        Tally.objects.add("token")
        return token.value


def try_credential(connection: Connection, at: datetime) -> int:
    """Mint a token and read the images; return their number. What it brings is not recorded."""
    credential: Credential = connection.opened_credential()
    if isinstance(credential, AccountSecret):
        connection.drop_token()
    with Sitting(connection) as sitting:
        answer = sitting.read(IMAGES, connection, at)
    return len(answer.listed.lines) if answer.listed else 0
