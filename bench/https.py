"""Whole checks over https, beside the bare exchange of the same bytes in TLS.

The provider is a process of its own. The bare exchange opens a connection, as each sitting does,
with a context that has read its authorities before.
"""

import socket
import ssl
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from bench.engine import person
from bench.provider import started
from bench.table import Table, versus
from tests.tls import TlsServer
from xdportal.accounts.models import Team
from xdportal.catalog.checks.engine import check_all
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.lib.http import tls_context
from xdportal.provider.client import TOKEN_HEADER
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.kinds import IMAGES, KINDS
from xdportal.simulator import Simulator

ROUNDS = 25
HOST = "localhost"


def measure(table: Table) -> None:
    folder = Path(tempfile.mkdtemp(dir=settings.DATA_DIR))
    TlsServer(folder)  # writes the certificate
    pem = folder / "server.pem"
    tls_context().load_verify_locations(pem)
    with started(pem=pem) as port:
        settings.PROVIDER_URLS = {"production": f"https://{HOST}:{port}/production"}
        connection = connect()
        lists = list(connection.catalogs.order_by("kind"))
        compare(table, connection, lists, port)
    connection.delete()


def compare(table: Table, connection: Connection, lists: list[Catalog], port: int) -> None:
    images = [each for each in lists if each.kind == IMAGES.name]
    check(connection, lists)  # mints the token
    connection.refresh_from_db()
    check(connection, lists)
    exchange = Exchange(port, token_of(connection))
    one, four, bare = versus(
        lambda: check(connection, images),
        lambda: check(connection, lists),
        exchange.read,
        rounds=ROUNDS,
    )
    table.ratio("one unchanged check over https, whole", one, "bare TLS exchange", bare, 2)
    table.ratio("four lists in one sitting over https", four, "one list", one, 2.5)


def connect() -> Connection:
    account = Simulator().accounts["production"][0]
    user = person()
    connection = Connection(
        team=Team.objects.personal(user),
        owner=user,
        name="https",
        environment="production",
        account_id=account.account_id,
        kinds=list(KINDS),
    )
    connection.set_credential(
        AccountSecret(account.account_id, account.secret),
        timezone.now(),
    )
    connection.save()
    return connection


def check(connection: Connection, lists: list[Catalog]) -> None:
    for record in check_all(connection, lists):
        assert record["outcome"] == "ok", record


def token_of(connection: Connection) -> str:
    token = connection.cached_token(timezone.now())
    assert token is not None
    return token


class Exchange:
    """One GET of the list of images on a new TLS connection, by the sockets alone."""

    def __init__(self, port: int, token: str) -> None:
        path = f"/production{IMAGES.path}"
        head = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n"
        self.port = port
        self.request = f"{head}{TOKEN_HEADER}: {token}\r\n\r\n".encode()

    def read(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with tls_context().wrap_socket(plain, server_hostname=HOST) as stream:
                stream.sendall(self.request)
                body = _read_all(stream)
        assert b'"imageId"' in body


def _read_all(stream: ssl.SSLSocket) -> bytes:
    pieces = []
    while piece := stream.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)
