"""The portal's engine, fed without HTTP: from the bytes of an answer to the committed check."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection as database

from xdportal.accounts.models import Team, User
from xdportal.catalog.checks.engine import finish
from xdportal.catalog.checks.run import Run
from xdportal.catalog.models import LISTINGS, Catalog, Check, Snapshot
from xdportal.connections.models import Connection
from xdportal.provider.client import Answer
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import fingerprint, known_details, open_envelope
from xdportal.provider.errors import Details
from xdportal.provider.kinds import IMAGES, KINDS, ImageRecord, Kind
from xdportal.provider.records import RecordList

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=30)
SUCCESS = Details(200, 0, "success", "t")
on_sqlite = database.vendor == "sqlite"


def person() -> User:
    rights = {"is_staff": True, "is_superuser": True}
    user, _ = User.objects.get_or_create(username="bench", defaults=rights)
    return user


def connect(name: str) -> Connection:
    user = person()
    return Connection.objects.create(
        team=Team.objects.personal(user),
        owner=user,
        name=name,
        environment="production",
        account_id="A",
    )


class Bench:
    """A list, by default of images, and the time its next check is at."""

    def __init__(self, name: str, kind: str = IMAGES.name) -> None:
        self.kind = KINDS[kind]
        self.connection = connect(name)
        self.catalog: Catalog = self.connection.catalogs.get(kind=kind)
        self.at = START
        self.claimed: Run | None = None

    def claim(self) -> None:
        """Take the lease: what comes before a fetch, and is not measured as recording."""
        self.at += STEP
        self.claimed = Run.claim(self.catalog.pk, self.at)

    def read(self, body: bytes) -> Check:
        """Go from the bytes of an answer to the committed check, as the client and the engine
        do.
        """
        if self.claimed is None:
            self.claim()
        run = self.taken()
        known = bytes(run.catalog.answer_digest)
        return finish(run, _answer(self.kind, bytearray(body), known), self.at)

    def taken(self) -> Run:
        """Return the claimed run, once."""
        run = self.claimed
        self.claimed = None
        assert run is not None
        return run

    def give(self, images: Iterable[ImageRecord]) -> Check:
        """Check without the bytes: to build a long history."""
        self.at += STEP
        lines = frozenset(map(IMAGES.line, images))
        answer = Answer(SUCCESS, b"", RecordList(lines, 0, (), 0, 0))
        return finish(Run.claim(self.catalog.pk, self.at), answer, self.at)

    def current(self) -> set[ImageRecord]:
        return images_of(self.catalog.listings.current().lines())

    def delete(self) -> None:
        self.connection.delete()


def images_of(lines: Iterable[bytes]) -> set[ImageRecord]:
    return set(map(IMAGES.record_of, lines))


def used() -> int:
    """Return the bytes that the database takes, indexes included."""
    return _used_on_sqlite() if on_sqlite else _used_on_postgresql()


def _answer(kind: Kind[Any], body: bytearray, known: bytes) -> Answer:
    digest = fingerprint(body)
    if digest == known:
        return Answer(known_details(body, 200), digest, None)
    opened = open_envelope(body, 200)
    return Answer(opened.details, digest, decode_list(kind, opened.data, opened.details))


def _used_on_sqlite() -> int:
    counts = []
    with database.cursor() as cursor:
        for pragma in ("page_count", "freelist_count", "page_size"):
            cursor.execute(f"PRAGMA {pragma}")
            counts.append(int(cursor.fetchone()[0]))
    pages, free, size = counts
    return (pages - free) * size


def _used_on_postgresql() -> int:
    models = {Check, Snapshot, *LISTINGS.values()}
    names = [model._meta.db_table for model in models] + ["bench_peer", "bench_historicalpeer"]
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name)) FROM unnest(%s) AS t (name)", [names]
        )
        return int(cursor.fetchone()[0])
