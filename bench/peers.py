"""What others would write: two sqlite3 scripts, and django-simple-history fed with care."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from django.db import transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from bench import lists
from bench.engine import START, STEP
from bench.models import Peer

BATCH = 500
Texts = tuple[str, ...]


class PlainScript:
    """Parse the answer and insert its rows: one full list an answer, no comparison."""

    def __init__(self, file: Path) -> None:
        self.database = sqlite3.connect(file)
        self.database.execute("CREATE TABLE rows (snapshot, image_id, type, name, version)")

    def write(self, body: bytes) -> None:
        rows = json.loads(body)["data"]
        values = (tuple(row.values()) for row in rows)
        with self.database:
            self.database.executemany("INSERT INTO rows VALUES (1, ?, ?, ?, ?)", values)


class CarefulScript:
    """Parse the answer, compare it with what is open, end and begin rows, know what came back."""

    TABLE = """
        CREATE TABLE listing (
            id INTEGER PRIMARY KEY, image_id TEXT, type TEXT, name TEXT, version TEXT,
            first INTEGER, ended INTEGER, first_seen INTEGER
        );
        CREATE UNIQUE INDEX open ON listing (image_id, type, name, version) WHERE ended IS NULL;
        CREATE INDEX of_image ON listing (image_id, first);
        CREATE INDEX with_end ON listing (ended) WHERE ended IS NOT NULL;
        CREATE TABLE snapshot (number INTEGER PRIMARY KEY, taken REAL, items INTEGER);
    """
    OPEN = "SELECT image_id, type, name, version, id FROM listing WHERE ended IS NULL"
    SEEN = "SELECT min(first_seen) FROM listing WHERE image_id = ?"
    BEGIN = "INSERT INTO listing VALUES (NULL, ?, ?, ?, ?, ?, NULL, ?)"

    def __init__(self, file: Path) -> None:
        self.database = sqlite3.connect(file)
        self.database.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + self.TABLE
        )
        self.number = 0

    def write(self, body: bytes) -> None:
        wanted = {tuple(map(str, row.values())) for row in json.loads(body)["data"]}
        with self.database:
            self.number += 1
            known = {tuple(texts): key for *texts, key in self.database.execute(self.OPEN)}
            self._end([key for texts, key in known.items() if texts not in wanted])
            self._begin([texts for texts in wanted if texts not in known])
            self.database.execute(
                "INSERT INTO snapshot VALUES (?, julianday(), ?)", (self.number, len(wanted))
            )

    def open_rows(self) -> set[Texts]:
        return {tuple(texts) for *texts, _ in self.database.execute(self.OPEN)}

    def _end(self, keys: list[int]) -> None:
        values = [(self.number, key) for key in keys]
        self.database.executemany("UPDATE listing SET ended = ? WHERE id = ?", values)

    def _begin(self, beginning: list[Texts]) -> None:
        rows = []
        for texts in beginning:
            (seen,) = self.database.execute(self.SEEN, texts[:1]).fetchone()
            rows.append((*texts, self.number, seen or self.number))
        self.database.executemany(self.BEGIN, rows)


class SimpleHistory:
    """django-simple-history as a careful user feeds it: bulk helpers, only changed rows."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.number = 1
        rows = [_peer(place, size) for place in range(size)]
        bulk_create_with_history(rows, Peer, batch_size=BATCH, default_date=START)

    @transaction.atomic
    def read(self, body: bytes) -> None:
        """Read the whole answer, compare it with what is kept, and write the difference."""
        self.number += 1
        data = json.loads(body)["data"]
        wanted = {row["imageId"]: row["systemImageVersion"] for row in data}
        changed = [peer for peer in Peer.objects.all() if wanted[peer.image_id] != peer.version]
        self._write(changed, wanted)

    @transaction.atomic
    def change(self, number: int) -> None:
        """Write what a snapshot changes, without the bytes: to build a long history."""
        self.number = number
        changed = [
            lists.image(place, number, self.size) for place in lists.changed_with(number, self.size)
        ]
        wanted = {image.id: image.version for image in changed}
        self._write(list(Peer.objects.filter(image_id__in=wanted)), wanted)

    def delete(self) -> None:
        Peer.objects.all().delete()
        Peer.history.all().delete()

    def _write(self, changed: list[Peer], wanted: Mapping[str, str]) -> None:
        for peer in changed:
            peer.version = wanted[peer.image_id]
        at = START + self.number * STEP
        bulk_update_with_history(changed, Peer, ["version"], batch_size=BATCH, default_date=at)


def _peer(place: int, size: int) -> Peer:
    image = lists.image(place, 1, size)
    return Peer(image_id=image.id, type=image.type, name=image.name, version=image.version)
