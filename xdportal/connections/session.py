"""A connection's talk with the provider: its credential, its token, and the list they open."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings

from xdportal.connections.models import Connection
from xdportal.lib import redaction
from xdportal.lib.models import Tally
from xdportal.provider.client import Answer, Client
from xdportal.provider.credentials import AccountSecret, BareToken, Credential
from xdportal.provider.errors import AuthError
from xdportal.provider.kinds import IMAGES


@contextmanager
def client_for(connection: Connection) -> Iterator[Client]:
    with Client(
        connection.base_url, deadline=settings.PROVIDER_DEADLINE, max_body=settings.PROVIDER_MAX_BODY
    ) as client:
        yield client


def read_images(connection: Connection, at: datetime, known: bytes | None = None) -> Answer:
    """The image list, by the cached token where it still lives; a 401 in use renews it once.

    Raises ProviderError, or CredentialUnreadable before anything is sent. To be called within `redaction.scope()`.
    """
    credential = connection.opened_credential()
    with client_for(connection) as client:
        if isinstance(credential, BareToken):
            redaction.add(credential.token)
            return client.read_list(IMAGES, credential.token, known)
        redaction.add(credential.secret)
        for last_try in (False, True):
            token = connection.cached_token(at) or _mint(client, connection, credential, at)
            try:
                return client.read_list(IMAGES, token, known)
            except AuthError:
                connection.drop_token()
                if last_try:
                    raise
    raise AssertionError("the second try returns or raises")


def try_credential(connection: Connection, at: datetime) -> int:
    """Mints a token and reads the list; the number of images. What it brings is shown, not recorded."""
    credential: Credential = connection.opened_credential()
    if isinstance(credential, AccountSecret):
        connection.drop_token()
    answer = read_images(connection, at)
    return len(answer.listed.lines) if answer.listed else 0


def _mint(client: Client, connection: Connection, credential: AccountSecret, at: datetime) -> str:
    token = client.get_token(credential)
    connection.keep_token(token, at)
    Tally.objects.add("token")
    return token.value
